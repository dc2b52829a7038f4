import TestSupport
import Testing

/// In use is in use, whatever happened in between.
@Suite(.daemon(with: .busybox, .volume), .inTime, .serialized, .requiresRoot(to: "run pouchd"))
struct ReferenceTests {
    let daemon: TestDaemon

    init() throws { daemon = try .shared }

    private func make(_ volumes: String...) async throws -> String {
        try await daemon.pouch(
            ["create", "--network", "none"] + volumes.flatMap { ["-v", "\($0):/data/\($0)"] }
                + ["busybox", "true"]
        ).said
    }

    private func expectProtected(_ volume: String, by containers: String...) async throws {
        for query in ["", "?force=1"] {
            let answer = try await daemon.ask("DELETE", "/volumes/\(volume)\(query)")
            #expect(answer.status == 409, "\(answer)")
            #expect(answer.message.contains("in use"), "\(answer)")
            for container in containers {
                #expect(answer.message.contains(container.prefix(12)), "\(answer)")
            }
        }
        #expect(daemon.directories.contains(volume))
    }

    @Test func `a volume that a container has is not removed, also not by force`() async throws {
        let name = daemon.fresh()
        let container = try await make(name)
        try await expectProtected(name, by: container)

        let finished = try await daemon.pouch("volume", "rm", "-f", name)
        #expect(finished.status == 1, "\(finished)")
        #expect(finished.errors.contains(container.prefix(12)), "\(finished)")
        #expect(finished.output == "")

        try await daemon.says("rm", container)
        try await daemon.says("volume", "rm", name)
        #expect(!daemon.directories.contains(name))
    }

    @Test func `of two containers on one volume, each protects it alone`() async throws {
        let name = daemon.fresh()
        let (first, second) = (try await make(name), try await make(name))
        try await expectProtected(name, by: first, second)

        try await daemon.says("rm", first)
        try await expectProtected(name, by: second)
        let answer = try await daemon.ask("DELETE", "/volumes/\(name)")
        #expect(!answer.message.contains(first.prefix(12)), "\(answer)")

        try await daemon.says("rm", second)
        try await daemon.says("volume", "rm", name)
    }

    @Test func `a container that has a volume twice protects it until it is removed`()
        async throws
    {
        let name = daemon.fresh()
        let container = try await daemon.says(
            "create", "--network", "none", "-v", "\(name):/a", "-v", "\(name):/b:ro", "busybox",
            "sh", "-c", "echo x > /a/file; cat /b/file")
        try await expectProtected(name, by: container)
        try await daemon.says("start", container)
        #expect(try await daemon.says("wait", container) == "0")
        #expect(try await daemon.says("logs", container) == "x")
        try await expectProtected(name, by: container)
        try await daemon.says("rm", container)
        try await daemon.says("volume", "rm", name)
    }

    @Test func `a container that ended still protects its volumes`() async throws {
        let name = daemon.fresh()
        let container = try await make(name)
        try await daemon.says("start", container)
        try await daemon.says("wait", container)
        try await expectProtected(name, by: container)
        try await daemon.says("rm", container)
        try await daemon.says("volume", "rm", name)
    }

    @Test func `pruning leaves alone what a container has`() async throws {
        let (used, free) = (daemon.fresh(), daemon.fresh())
        let container = try await make(used)
        try await daemon.says("volume", "create", free)
        let anonymous = try await daemon.says("create", "--network", "none", "volume", "true")

        let before = try await daemon.volumes
        let pruned = try await daemon.says("volume", "prune", "--all", "--force")
        #expect(pruned.contains(free))
        #expect(!pruned.contains(used))
        #expect(try await daemon.volumes == before.subtracting([free]))
        try await daemon.says("rm", "-v", container, anonymous)
        try await daemon.says("volume", "rm", used)
    }

    @Test func `dangling are those that no container has`() async throws {
        let (used, free) = (daemon.fresh("used"), daemon.fresh("free"))
        let container = try await make(used)
        try await daemon.says("volume", "create", free)

        let dangling = try await daemon.says("volume", "ls", "-q", "--filter", "dangling=true")
        #expect(dangling.split(separator: "\n").contains(Substring(free)))
        #expect(!dangling.contains(used))
        let others = try await daemon.says("volume", "ls", "-q", "--filter", "dangling=false")
        #expect(others == used)
        try await daemon.says("rm", container)
        try await daemon.says("volume", "rm", used, free)
    }

    @Test func `references hold over a crash, and end with their containers after it`()
        async throws
    {
        let name = daemon.fresh()
        let (first, second) = (try await make(name), try await make(name))
        try await daemon.restart()
        try await expectProtected(name, by: first, second)
        try await daemon.says("rm", first)
        try await daemon.restart()
        try await expectProtected(name, by: second)
        try await daemon.says("rm", second)
        try await daemon.restart()
        try await daemon.says("volume", "rm", name)
    }

    @Test func `one container's name within another's confuses nobody`() async throws {
        let name = daemon.fresh()
        for container in ["abc", "abcd"] {
            try await daemon.says(
                "create", "--name", container, "--network", "none", "-v", "\(name):/data", "busybox"
            )
        }
        try await daemon.says("rm", "abc")
        #expect(try await daemon.pouch("volume", "rm", name).status == 1)
        try await daemon.says("rm", "abcd")
        try await daemon.says("volume", "rm", name)
    }

    @Test func `a container that could not be made leaves no reference and no volume`()
        async throws
    {
        let (old, new) = (daemon.fresh("old"), daemon.fresh("new"))
        try await daemon.says("volume", "create", old)
        let mounts = ["-v", "\(old):/old", "-v", "\(new):/new"]
        for words in [
            ["nonesuch:never", "true"], ["-v", "nonsense:relative", "busybox"],
            ["--network", "nonesuch", "busybox"], ["-v", "/x:/old", "busybox"],
        ] {
            let finished = try await daemon.pouch(
                ["create", "--pull", "never", "--network", "none"] + mounts + words)
            #expect(finished.status != 0, "\(finished)")
        }
        #expect(try await daemon.ask("GET", "/volumes/\(new)").status == 404)
        try await daemon.says("volume", "rm", old)
    }

    @Test func `a volume of a container is not changed by create, nor compared by run`()
        async throws
    {
        let name = daemon.fresh()
        try await daemon.says("volume", "create", "-d", "tmpfs", "-o", "size=1m", name)
        // Only POST /volumes/create compares: a container just uses what is there.
        let container = try await daemon.says(
            "create", "--volume-driver", "local", "-v", "\(name):/data", "busybox")
        #expect(
            try await daemon.says("volume", "inspect", "-f", "{{.Driver}}", name) == "tmpfs")
        try await daemon.says("rm", container)
        try await daemon.says("volume", "rm", name)
    }

    @Test func `one request for a missing volume makes it with the driver that is asked for`()
        async throws
    {
        let name = daemon.fresh()
        let container = try await daemon.says(
            "create", "--volume-driver", "tmpfs", "-v", "\(name):/data", "busybox")
        #expect(
            try await daemon.says("volume", "inspect", "-f", "{{.Driver}}", name) == "tmpfs")
        try await daemon.says("rm", container)
        try await daemon.says("volume", "rm", name)
    }
}
