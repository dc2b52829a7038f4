import FoundationEssentials
import Linux
import TestSupport
import Testing

/// pouchd dies at one step after the other of all that it does; nothing is lost, nothing is left.
@Suite(
    .daemon(with: .busybox, .data), .inTime, .serialized, .requiresRoot(to: "run containers"))
struct StepTests {
    let daemon: TestDaemon

    init() throws { daemon = try .shared }

    /// Does something in which pouchd must die at `step`, dies there once more if starting again
    /// comes by it, and then starts for good.
    private func dying(
        at step: String, _ act: () async throws -> Void
    ) async throws {
        try await daemon.restart(settings: ["POUCHD_DIE_AT": step])
        try? await act()
        #expect(try await daemon.ended(within: .seconds(20)) == -9, "nobody came by \(step)")
        do {
            try await daemon.start(settings: ["POUCHD_DIE_AT": step])
        } catch {
            #expect(daemon.process?.status == -9, "\(error)")
        }
        try await daemon.restart()
    }

    private func prepare(_ name: String, with content: String = "kept") async throws {
        try await daemon.says("volume", "create", name)
        try Data(content.utf8).write(to: URL(filePath: "\(daemon.home)/volume/\(name)/file"))
    }

    private func expectContent(of name: String, _ content: String = "kept") throws {
        let path = "\(daemon.home)/volume/\(name)/file"
        #expect(try OpenFile.text(at: path) == content)
    }

    private func exists(_ container: String) async throws -> Bool {
        try await daemon.ask("GET", "/containers/\(container)/json").status == 200
    }

    private func isMounted(_ name: String) -> Bool {
        MountEntry.at("\(daemon.state)/tmpfs/\(name)") != nil
    }

    // MARK: Volumes

    @Test(arguments: ["create.made", "create.recorded"])
    func `in creating a volume`(step: String) async throws {
        let (old, new) = (daemon.fresh("old"), daemon.fresh("new"))
        try await prepare(old)
        try await dying(at: step) { try await daemon.says("volume", "create", new) }

        try await daemon.expectSound(mayHaveSetAside: step == "create.made")
        try expectContent(of: old)
        try await daemon.says("volume", "create", new)
        try await daemon.says("volume", "rm", old, new)
    }

    @Test(arguments: ["create.made", "create.recorded"])
    func `in creating a volume in memory or in a given directory`(step: String) async throws {
        let (memory, given) = (daemon.fresh("memory"), daemon.fresh("given"))
        let directory = daemon.root + "/" + daemon.fresh("directory")
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: false)
        try Data("mine".utf8).write(to: URL(filePath: directory + "/mine"))
        let creations = [
            ["volume", "create", "-d", "tmpfs", memory],
            ["volume", "create", "-o", "mount=\(directory)", given],
        ]
        for words in creations {
            try await dying(at: step) { _ = try await daemon.pouch(words) }
            try await daemon.expectSound()
        }
        for words in creations { _ = try await daemon.pouch(words).said }
        try await daemon.says("volume", "rm", memory, given)
        #expect(FileManager.default.fileExists(atPath: directory + "/mine"))
    }

    @Test(arguments: ["remove.marked", "remove.setAside", "remove.swept"])
    func `in removing a volume`(step: String) async throws {
        let (old, doomed) = (daemon.fresh("old"), daemon.fresh("doomed"))
        try await prepare(old)
        try await prepare(doomed)
        try await dying(at: step) { try await daemon.says("volume", "rm", doomed) }

        try await daemon.expectSound()
        try expectContent(of: old)
        #expect(try await !daemon.volumes.contains(doomed))
        // Its successor doesn't inherit.
        try await daemon.says("volume", "create", doomed)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: "\(daemon.home)/volume/\(doomed)")
                == [])
        try await daemon.says("volume", "rm", old, doomed)
    }

    @Test(arguments: ["remove.marked", "remove.setAside", "remove.swept"])
    func `in removing a volume whose directory is the user's`(step: String) async throws {
        let name = daemon.fresh("given")
        let directory = daemon.root + "/" + daemon.fresh("directory")
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: false)
        try Data("mine".utf8).write(to: URL(filePath: directory + "/mine"))
        try await daemon.says("volume", "create", "-o", "mount=\(directory)", name)
        try await dying(at: step) { try await daemon.says("volume", "rm", name) }

        try await daemon.expectSound()
        #expect(try await !daemon.volumes.contains(name))
        #expect(FileManager.default.fileExists(atPath: directory + "/mine"))
        try await daemon.says("volume", "create", "-o", "mount=\(directory)", name)
        try await daemon.says("volume", "rm", name)
    }

    // MARK: Containers

    @Test(arguments: [
        "container.create.intended", "create.made", "create.recorded", "container.create.used",
        "container.create.layered", "populate.marked", "populate.copied", "populate.recorded",
        "container.create.filled", "container.create.recorded",
    ])
    func `in making a container that fills a new volume`(step: String) async throws {
        let (name, volume, old) = (daemon.fresh("c"), daemon.fresh("new"), daemon.fresh("old"))
        try await prepare(old)
        let words = [
            "create", "--name", name, "--network", "none", "-v", "\(old):/old", "-v",
            "\(volume):/data", "-v", "/anonymous", "data", "cat", "/data/file", "/old/file",
        ]
        try await dying(at: step) { _ = try await daemon.pouch(words).said }

        try await daemon.expectSound(mayHaveSetAside: step == "create.made")
        try expectContent(of: old)
        if try await !exists(name) {
            // It never was: nothing is left of what was only its.
            let left = try await daemon.volumes.filter { $0.count == 64 }
            #expect(left == [], "anonymous volumes of a container that isn't there")
            _ = try await daemon.pouch(words).said
        }
        try await daemon.says("start", name)
        #expect(try await daemon.says("wait", name) == "0")
        #expect(try await daemon.says("logs", name) == "from the image\nkept")
        try await daemon.says("rm", "-v", name)
        try await daemon.says("volume", "rm", volume, old)
        #expect(try await daemon.volumes == [])
    }

    @Test(arguments: [
        "container.start.attached", "attach.recorded", "attach.made", "attach.remembered",
        "container.start.piped", "container.start.prepared", "container.start.created",
        "container.start.started",
    ])
    func `in starting a container`(step: String) async throws {
        let (name, volume, memory) = (
            daemon.fresh("c"), daemon.fresh("disk"), daemon.fresh("memory")
        )
        try await prepare(volume)
        try await daemon.says("volume", "create", "-d", "tmpfs", memory)
        try await daemon.says(
            "create", "--name", name, "--network", "none", "-v", "\(volume):/disk", "-v",
            "\(memory):/memory", "busybox", "sh", "-c",
            "cat /disk/file; while [ ! -e /disk/go ]; do sleep 0.05; done; exit 3")
        try await dying(at: step) { try await daemon.says("start", name) }

        try await daemon.expectSound()
        try expectContent(of: volume)
        for name in [volume, memory] {
            #expect(try await daemon.ask("DELETE", "/volumes/\(name)").status == 409)
        }
        let isRunning = try await daemon.isRunning(name)
        #expect(isMounted(memory) == isRunning)
        if !isRunning { try await daemon.says("start", name) }
        try Data().write(to: URL(filePath: "\(daemon.home)/volume/\(volume)/go"))
        #expect(try await daemon.says("wait", name) == "3")
        #expect(try await daemon.says("logs", name).hasSuffix("kept"))
        try await daemon.says("rm", name)
        try await daemon.says("volume", "rm", volume, memory)
    }

    @Test(arguments: ["container.end.recorded", "detach.made", "detach.recorded"])
    func `when a container ends`(step: String) async throws {
        let (name, volume, memory) = (
            daemon.fresh("c"), daemon.fresh("disk"), daemon.fresh("memory")
        )
        try await prepare(volume)
        try await daemon.says("volume", "create", "-d", "tmpfs", memory)
        try await daemon.says(
            "create", "--name", name, "--network", "none", "-v", "\(volume):/disk", "-v",
            "\(memory):/memory", "busybox", "sh", "-c", "echo wrote; exit 3")
        try await dying(at: step) { try await daemon.says("start", name) }

        try await daemon.expectSound()
        #expect(try await daemon.says("wait", name) == "3")
        #expect(!isMounted(memory))
        #expect(try await daemon.says("logs", name) == "wrote")
        for name in [volume, memory] {
            #expect(try await daemon.ask("DELETE", "/volumes/\(name)").status == 409)
        }
        try await daemon.says("rm", name)
        try await daemon.says("volume", "rm", volume, memory)
    }

    @Test(arguments: [
        "container.remove.marked", "release.recorded", "container.remove.released",
        "container.remove.unvolumed", "remove.marked", "remove.setAside",
        "container.remove.cleared", "container.remove.forgotten",
    ])
    func `in removing a container and its own volumes`(step: String) async throws {
        let (name, volume) = (daemon.fresh("c"), daemon.fresh("named"))
        try await prepare(volume)
        try await daemon.says(
            "create", "--name", name, "--network", "none", "-v", "\(volume):/named", "-v", "/own",
            "busybox", "true")
        try await dying(at: step) { try await daemon.says("rm", "-v", name) }

        try await daemon.expectSound()
        try expectContent(of: volume)
        // What was begun is finished, or can be.
        if try await exists(name) { try await daemon.says("rm", "-v", name) }
        #expect(try await daemon.volumes == [volume])
        try await daemon.says("create", "--name", name, "busybox")
        try await daemon.says("rm", name)
        try await daemon.says("volume", "rm", volume)
    }

    @Test(arguments: [
        "container.remove.marked", "detach.made", "detach.recorded", "release.recorded",
        "container.remove.cleared",
    ])
    func `in removing a running container by force`(step: String) async throws {
        let (name, memory) = (daemon.fresh("c"), daemon.fresh("memory"))
        try await daemon.says("volume", "create", "-d", "tmpfs", memory)
        try await daemon.says(
            "run", "-d", "--name", name, "--network", "none", "-v", "\(memory):/memory", "busybox",
            "sleep", "300")
        try await dying(at: step) { try await daemon.says("rm", "-f", name) }

        try await daemon.expectSound()
        if try await exists(name) { try await daemon.says("rm", "-f", name) }
        #expect(!isMounted(memory))
        try await daemon.says("volume", "rm", memory)
    }
}
