import FoundationEssentials
import Linux
import TestSupport
import Testing

/// A real podman gets its volumes from pouchd, and a thousand mounts come at once.
@Suite(.ownDaemons, .inTime, .serialized, .requiresRoot(to: "run podman and pouchd"))
struct PodmanTests {
    /// Podman with all of its own in a directory, told where our socket is.
    private struct Podman {
        let root: String

        init(of daemon: TestDaemon) throws {
            root = daemon.root + "/pm"
            try FileManager.default.createDirectory(
                atPath: root, withIntermediateDirectories: true)
            let containers = """
                [containers]
                default_ulimits = ["nofile=20000:20000", "nproc=32768:32768"]
                netns = "none"
                [engine]
                cgroup_manager = "cgroupfs"
                runtime = "runc"
                events_logger = "file"
                [engine.volume_plugins]
                pouch = "\(daemon.root)/run/docker/plugins/pouch.sock"
                """
            let storage = """
                [storage]
                driver = "overlay"
                graphroot = "\(root)/r"
                runroot = "\(root)/rr"
                """
            try Data(containers.utf8).write(to: URL(filePath: root + "/containers.conf"))
            try Data(storage.utf8).write(to: URL(filePath: root + "/storage.conf"))
        }

        func podman(_ words: String...) async throws -> Finished {
            try await Program.run(
                [
                    "/usr/bin/podman", "--root", root + "/r", "--runroot", root + "/rr",
                    "--tmpdir", root + "/t",
                ] + words,
                settings: [
                    "CONTAINERS_CONF": root + "/containers.conf",
                    "CONTAINERS_STORAGE_CONF": root + "/storage.conf",
                ])
        }
    }

    @Test func `podman makes, uses, shows and removes volumes through us`() async throws {
        try await TestDaemon.prepared(socketPlugin: true) { pouch in
            try await pouch.start()
            let podman = try Podman(of: pouch)
            // Podman takes what follows a colon for something else than a path.
            let archive = pouch.root + "/busybox.tar"
            try FileManager.default.moveItem(
                atPath: try await TestImage.busybox.archive(in: pouch.root), toPath: archive)
            _ = try await podman.podman("load", "-q", "-i", archive).said
            _ = try await podman.podman("volume", "create", "--driver", "pouch", "data").said
            _ = try await podman.podman(
                "volume", "create", "--driver", "pouch", "-o", "driver=tmpfs", "-o", "size=1m",
                "small"
            ).said
            _ = try await podman.podman(
                "volume", "create", "--driver", "pouch", "-o", "size=24m", "disk"
            ).said
            let image = "localhost/busybox:latest"
            let write = try await podman.podman(
                "run", "--pull=never", "--rm", "-v", "data:/data", image, "sh", "-c",
                "echo kept > /data/note")
            #expect(write.status == 0, "\(write)")
            let note = try OpenFile.text(at: pouch.home + "/volume/data/note")
            #expect(note == "kept\n")
            let full = try await podman.podman(
                "run", "--pull=never", "--rm", "-v", "small:/s", image, "dd", "if=/dev/zero",
                "of=/s/x", "bs=1k",
                "count=2048")
            #expect(full.status != 0 && full.errors.contains("No space left"), "\(full)")
            try await fill("disk", in: image, podman)
            #expect(try await pouch.loops == [])
            let listed = try await podman.podman("volume", "ls", "-q").said
            #expect(Set(listed.split(separator: "\n")) == ["data", "disk", "small"])
            let shown = try await podman.podman(
                "volume", "inspect", "-f", "{{.Driver}} {{.Mountpoint}}", "data"
            ).said
            #expect(shown.hasPrefix("pouch"), "\(shown)")

            _ = try await podman.podman(
                "run", "--pull=never", "-d", "--name", "web", "-v", "data:/data", image, "sleep",
                "1000"
            ).said
            let refused = try await pouch.pouch("volume", "rm", "-f", "data")
            #expect(refused.status == 1 && refused.errors.contains("in use"), "\(refused)")
            try await pouch.restart()
            let again = try await pouch.pouch("volume", "rm", "-f", "data")
            #expect(again.status == 1 && again.errors.contains("in use"), "\(again)")
            _ = try await podman.podman("rm", "-f", "-t", "0", "web").said
            _ = try await podman.podman("volume", "rm", "data", "disk", "small").said
            #expect(try await pouch.volumes == [])
        }
    }

    /// As on most hosts, the filesystem has no quota here: the limit is an image file's.
    private func fill(_ volume: String, in image: String, _ podman: Podman) async throws {
        let full = try await podman.podman(
            "run", "--pull=never", "--rm", "-v", "\(volume):/d", image, "dd", "if=/dev/zero",
            "of=/d/x", "bs=64k")
        #expect(full.status != 0 && full.errors.contains("No space left"), "\(full)")
        let size = try await podman.podman(
            "run", "--pull=never", "--rm", "-v", "\(volume):/d", image, "stat", "-c", "%s", "/d/x"
        ).said
        #expect((16 << 20...24 << 20).contains(try #require(Int(size))))
    }

    /// Through our door for others, and on to a plugin of ours: both sides at once.
    @Test func `a thousand mounts at once are a thousand mounts and unmounts, no more, no fewer`()
        async throws
    {
        try await TestDaemon.prepared(socketPlugin: true) { pouch in
            try await pouch.start()
            let plugin = try await TestPlugin.serving("p", to: pouch)
            do {
                try await mountMany(pouch, plugin)
                try await plugin.kill()
            } catch {
                try await plugin.kill()
                throw error
            }
        }
    }

    private func mountMany(_ pouch: TestDaemon, _ plugin: TestPlugin) async throws {
        let volumes = (0..<20).map { "many-\($0)" }
        for volume in volumes {
            try await call("Create", ["Name": .string(volume), "Opts": ["driver": "p"]], pouch)
        }
        for action in ["Mount", "Unmount"] {
            try await withThrowingTaskGroup { group in
                for number in 0..<1000 {
                    let body: JSON = [
                        "Name": .string(volumes[number % 20]), "ID": .string("client-\(number)"),
                    ]
                    group.addTask { try await call(action, body, pouch) }
                }
                try await group.waitForAll()
            }
            let left = try volumes.flatMap { try plugin.mounts(of: $0) }
            #expect(left.count == (action == "Mount" ? 1000 : 0))
            #expect(Set(left).count == left.count)
        }
        #expect(plugin.counts["Mount"] == 1000 && plugin.counts["Unmount"] == 1000)
        #expect(plugin.counts["Activate"] == 1)
        for volume in volumes { try await call("Remove", ["Name": .string(volume)], pouch) }
    }

    private func call(_ name: String, _ body: JSON, _ pouch: TestDaemon) async throws {
        let connection = try Connection(
            to: pouch.root + "/run/docker/plugins/pouch.sock", within: .seconds(100))
        try await connection.send(Request("POST", "/VolumeDriver.\(name)", body).bytes)
        let answer = try await connection.answer(hasBody: true)
        #expect(answer.status == 200, "\(name) \(body): \(answer)")
    }
}
