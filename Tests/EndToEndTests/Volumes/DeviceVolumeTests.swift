import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// Volumes by Docker's `type`, `device` and `o`, as docker's own command line asks for them.
@Suite(
    .daemon(with: .busybox, .data), .inTime, .serialized, .requiresRoot(to: "run containers"),
    .requiresDockerCLI)
struct DeviceVolumeTests {
    let daemon: TestDaemon
    let docker: DockerCLI

    init() throws {
        daemon = try .shared
        docker = DockerCLI(daemon: daemon)
    }

    private func create(_ name: String, _ words: String...) async throws {
        _ = try await docker.run(["volume", "create"] + words.flatMap { ["-o", $0] } + [name]).said
    }

    private func directory() async throws -> String {
        let path = daemon.root + "/" + daemon.fresh("given")
        try await Program.shell(#"mkdir -p "$1""#, path)
        return path
    }

    private func isMounted(_ name: String) async throws -> Bool {
        let path = try await docker.says("volume", "inspect", "-f", "{{.Mountpoint}}", name)
        return MountEntry.at(path) != nil
    }

    private func run(_ name: String, _ script: String) async throws -> Finished {
        try await docker.run([
            "run", "--rm", "--network", "none", "-v", "\(name):/m", "busybox", "sh", "-c", script,
        ])
    }

    // MARK: What is mounted

    @Test func `memory by docker's options`() async throws {
        let name = daemon.fresh("memory")
        try await create(name, "type=tmpfs", "device=tmpfs", "o=size=100m,uid=1000")
        let said = try await run(
            name, "stat -c %u /m; df -k /m | awk 'END { print $2 }'; touch /m/f; ls /m")
        #expect(try said.said == "1000\n102400\nf")
        #expect(try await run(name, "ls /m").said == "", "memory outlives its last user")
        #expect(try await !isMounted(name))
        // As it was asked for, so that clients find what they gave.
        let options = try await docker.says(
            "volume", "inspect", "-f", "{{.Options.o}}", name)
        #expect(options == "size=100m,uid=1000")
        try await docker.says("volume", "rm", name)
    }

    @Test func `two containers share one mount, and the last one takes it away`() async throws {
        let name = daemon.fresh("memory")
        try await create(name, "type=tmpfs", "device=tmpfs")
        let first = try await docker.detached("-v", "\(name):/m", "busybox", "sleep", "300")
        #expect(try await run(name, "touch /m/f").status == 0)
        #expect(try await docker.says("exec", first, "ls", "/m") == "f")
        #expect(try await isMounted(name))

        // Also over pouchd's death.
        try await daemon.restart()
        #expect(try await docker.says("exec", first, "ls", "/m") == "f")
        #expect(try await isMounted(name))
        let refused = try await docker("volume", "rm", name)
        #expect(refused.status == 1 && refused.errors.contains("in use"), "\(refused)")
        try await docker.says("rm", "-f", first)
        #expect(try await !isMounted(name))
        try await docker.says("volume", "rm", name)
    }

    @Test func `a directory, which is filled from the image and stays`() async throws {
        let (name, given) = (daemon.fresh("bind"), try await directory())
        try await create(name, "type=none", "device=\(given)", "o=bind")
        let said = try await docker.run([
            "run", "--rm", "--network", "none", "-v", "\(name):/data", "data", "cat", "/data/file",
        ])
        #expect(try said.said == "from the image")
        try await docker.says("volume", "rm", name)
        #expect(FileManager.default.fileExists(atPath: given + "/file"))
    }

    @Test func `a directory that must not be written to is not filled`() async throws {
        let (name, given) = (daemon.fresh("bind"), try await directory())
        try await create(name, "type=none", "device=\(given)", "o=bind,ro")
        let said = try await docker.run([
            "run", "--rm", "--network", "none", "-v", "\(name):/data", "data", "sh", "-c",
            "ls /data; touch /data/f",
        ])
        #expect(said.status != 0 && said.errors.contains("Read-only"), "\(said)")
        #expect(said.output.isEmpty)
        try await docker.says("volume", "rm", name)
    }

    // MARK: What is refused

    @Test func `what docker refuses is refused, and makes no volume`() async throws {
        let name = daemon.fresh("refused")
        for (words, reason) in [
            (["device=tmpfs"], "missing required option: \"type\""),
            (["type=tmpfs"], "missing required option: \"device\""),
            (["type=none", "device=\(daemon.home)", "o=bind"], "pouchd's own directory"),
            (["type=none", "device=\(daemon.root)", "o=bind"], "pouchd's own directory"),
            (["type=none", "device=/nonesuch", "o=bind"], "no such directory"),
            (["type=tmpfs", "device=tmpfs", "size=1g"], "goes into o="),
        ] {
            let words = words.flatMap { ["-o", $0] }
            let finished = try await docker.run(["volume", "create"] + words + [name])
            #expect(finished.status == 1 && finished.errors.contains(reason), "\(finished)")
        }
        #expect(try await !daemon.volumes.contains(name))
    }

    @Test func `what can't be mounted keeps its container from starting, and its secret`()
        async throws
    {
        let (name, secret) = (daemon.fresh("bad"), "s3cret")
        try await create(name, "type=tmpfs", "device=tmpfs", "o=password=\(secret)")
        let finished = try await run(name, "true")
        #expect(finished.status == 125 && finished.errors.contains("mount tmpfs"), "\(finished)")
        let other = try await docker(
            "volume", "create", "-o", "type=tmpfs", "-o", "device=tmpfs", "-o", "o=password=other",
            name)
        #expect(other.status == 1 && other.errors.contains("differs"), "\(other)")
        for text in [finished.errors, other.errors, daemon.log] {
            #expect(!text.contains(secret), "\(text)")
        }
        #expect(try await !isMounted(name))
        try await docker.says("volume", "rm", name)
    }

    @Test(.enabled(if: HungFilesystem.isPossible, "needs /dev/fuse"))
    func `a directory that hangs keeps no other volume from working`() async throws {
        let (name, given) = (daemon.fresh("hung"), try await directory())
        try await create(name, "type=none", "device=\(given)", "o=bind")
        #expect(try await run(name, "touch /m/f").status == 0)
        var storage: HungFilesystem? = try HungFilesystem(at: given)
        async let hung = run(name, "true")
        let other = daemon.fresh("other")
        try await create(other, "type=tmpfs", "device=tmpfs")
        #expect(try await run(other, "touch /m/f").status == 0)
        #expect(try await docker.says("volume", "ls", "-q").contains(other))
        let finished = try await hung
        #expect(finished.status == 125 && finished.errors.contains("no answer"), "\(finished)")
        withExtendedLifetime(storage) {}
        storage = nil
        try await eventually("the directory is back", within: .seconds(60)) {
            try await run(name, "test -e /m/f").status == 0
        }
        try await docker.says("volume", "rm", name, other)
    }

    // MARK: Where pouchd dies

    private func dying(at step: String, _ act: () async throws -> Void) async throws {
        try await daemon.restart(settings: ["POUCHD_DIE_AT": step])
        try? await act()
        #expect(try await daemon.ended(within: .seconds(30)) == -9, "nobody came by \(step)")
        try await daemon.restart()
    }

    @Test(arguments: [
        "device.mounted", "attach.recorded", "attach.made", "container.start.started",
    ])
    func `a start that dies leaves a mount only where a container runs`(step: String) async throws {
        let (name, container) = (daemon.fresh("memory"), daemon.fresh("c"))
        try await create(name, "type=tmpfs", "device=tmpfs")
        try await docker.says(
            "create", "--name", container, "--network", "none", "-v", "\(name):/m", "busybox",
            "sleep", "300")
        try await dying(at: step) { try await docker.says("start", container) }
        #expect(try await isMounted(name) == (try await daemon.isRunning(container)))
        try await docker.says("start", container)
        #expect(try await isMounted(name))
        try await docker.says("rm", "-f", container)
        #expect(try await !isMounted(name))
        try await docker.says("volume", "rm", name)
        try await daemon.expectSound()
    }

    @Test(arguments: ["detach.made", "detach.recorded"])
    func `an end that dies leaves no mount`(step: String) async throws {
        let (name, container) = (daemon.fresh("memory"), daemon.fresh("c"))
        try await create(name, "type=tmpfs", "device=tmpfs")
        try await docker.says(
            "create", "--name", container, "--network", "none", "-v", "\(name):/m", "busybox",
            "true")
        try await dying(at: step) { try await docker.says("start", container) }
        try await docker.says("wait", container)
        #expect(try await !isMounted(name))
        try await docker.says("rm", container)
        try await docker.says("volume", "rm", name)
        try await daemon.expectSound()
    }
}
