import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// What a plugin that is away misses, it hears when it is back; until then nothing is forgotten.
@Suite(.ownDaemons, .inTime, .serialized, .requiresRoot(to: "run pouchd"))
struct PluginAbsenceTests {
    private static let words = [
        "--plugin-timeout", "60", "--plugin-list-timeout", "2", "--plugin-retries", "1",
        "--plugin-wait", "0",
    ]

    private func withPlugin(
        body: (TestDaemon, TestPlugin) async throws -> Void
    ) async throws {
        try await TestDaemon.running(words: Self.words) { daemon in
            try await daemon.load(.busybox)
            let plugin = try await TestPlugin.serving("p", to: daemon)
            do {
                try await body(daemon, plugin)
                try await plugin.kill()
            } catch {
                try await plugin.kill()
                throw error
            }
        }
    }

    /// A container with a volume of its own that the plugin keeps.
    private func container(_ daemon: TestDaemon, _ words: String...) async throws -> String {
        try await daemon.pouch(
            ["run", "-d", "--network", "none"] + words
                + ["--volume-driver", "p", "-v", "/data", "busybox", "sleep", "1000"]
        ).said
    }

    private func onlyVolume(_ daemon: TestDaemon) async throws -> String {
        let volumes = try await daemon.volumes
        #expect(volumes.count == 1, "\(volumes)")
        return try #require(volumes.first)
    }

    private func expectWaiting(_ name: String, _ daemon: TestDaemon) async throws {
        let list = try await daemon.pouch("volume", "ls", "-q")
        #expect(list.output == name + "\n" && list.errors.contains("went with"), "\(list)")
        #expect(list.errors.contains(name) && list.errors.contains("plugin p"), "\(list)")
    }

    private func expectGone(_ daemon: TestDaemon, _ plugin: TestPlugin) async throws {
        try await eventually("the volume goes", within: .seconds(60)) {
            try await daemon.volumes.isEmpty
        }
        #expect(plugin.counts["Remove"] == 1)
        let left = try FileManager.default.contentsOfDirectory(atPath: plugin.root)
        #expect(left == [".state"])
    }

    @Test func `a container's own volume goes when its plugin is back, and is named until then`()
        async throws
    {
        try await withPlugin { daemon, plugin in
            let id = try await container(daemon)
            let name = try await onlyVolume(daemon)
            plugin.forgetCalls()
            try await plugin.vanish()
            try await daemon.says("rm", "-f", "-v", id)
            try await expectWaiting(name, daemon)
            #expect(daemon.log.contains("as soon as its storage can be told"))
            // The use that the plugin did not hear the end of counts no less.
            #expect(try plugin.mounts(of: name).count == 1)
            try await daemon.restart()
            try await expectWaiting(name, daemon)
            try await plugin.start()
            try await expectGone(daemon, plugin)
            #expect(plugin.counts["Unmount"] == 1)
        }
    }

    @Test func `so does that of a container that removes itself`() async throws {
        try await withPlugin { daemon, plugin in
            let id = try await container(daemon, "--rm")
            let name = try await onlyVolume(daemon)
            try await plugin.vanish()
            try await daemon.says("kill", id)
            try await eventually("the container is gone", within: .seconds(30)) {
                try await daemon.ask("GET", "/containers/\(id)/json").status == 404
            }
            try await expectWaiting(name, daemon)
            try await plugin.start()
            try await expectGone(daemon, plugin)
        }
    }

    /// A container that does not run, with two volumes that went with it when the plugin was away.
    private func twoWaiting(
        _ daemon: TestDaemon, _ plugin: TestPlugin
    ) async throws -> (String, String) {
        let id = try await daemon.pouch(
            "create", "--network", "none", "--volume-driver", "p", "-v", "/one", "-v", "/two",
            "busybox"
        ).said
        let names = try await daemon.volumes.sorted()
        try #require(names.count == 2)
        try await plugin.vanish()
        try await daemon.says("rm", "-v", id)
        #expect(try await daemon.volumes.sorted() == names)
        return (names[0], names[1])
    }

    @Test func `what is forgotten by hand is the plugin's own, and stays there`() async throws {
        try await withPlugin { daemon, plugin in
            let (forgotten, other) = try await twoWaiting(daemon, plugin)
            let stuck = try await daemon.pouch("volume", "rm", forgotten)
            #expect(stuck.status == 1 && stuck.errors.contains("plugin p"), "\(stuck)")
            try await daemon.says("volume", "rm", "-f", forgotten)
            try await expectWaiting(other, daemon)
            try await plugin.start()
            try await eventually("the other one goes", within: .seconds(60)) {
                plugin.counts["Remove"] == 1
            }
            #expect(plugin.bodies(of: "Remove") == [["Name": .string(other)]])
            #expect(FileManager.default.fileExists(atPath: "\(plugin.root)/\(forgotten)"))
        }
    }

    @Test func `whoever uses it meanwhile keeps it`() async throws {
        try await withPlugin { daemon, plugin in
            let (name, other) = try await twoWaiting(daemon, plugin)
            let id = try await daemon.pouch(
                "create", "--network", "none", "-v", "\(name):/vol:nocopy", "busybox", "touch",
                "/vol/kept"
            ).said
            try await plugin.start()
            try await eventually("the other one goes", within: .seconds(60)) {
                plugin.counts["Remove"] == 1
            }
            #expect(plugin.bodies(of: "Remove") == [["Name": .string(other)]])
            try await daemon.says("start", id)
            #expect(try await daemon.says("wait", id) == "0")
            #expect(try await daemon.pouch("volume", "ls").errors == "")
            // It has a name now, so it stays when this one goes.
            try await daemon.says("rm", "-v", id)
            #expect(try await daemon.volumes == [name])
            try await daemon.says("volume", "rm", name)
        }
    }

    @Test(arguments: ["container.remove.marked", "container.remove.released"])
    func `start-up finishes a removal without waiting for a plugin that hangs`(step: String)
        async throws
    {
        try await withPlugin { daemon, plugin in
            let id = try await container(daemon)
            let name = try await onlyVolume(daemon)
            try await daemon.restart(settings: ["POUCHD_DIE_AT": step])
            _ = try? await daemon.pouch("rm", "-f", "-v", id)
            #expect(try await daemon.ended() == -9)
            try plugin.fail([
                "Get": ["fault": "hang"], "Unmount": ["fault": "hang"],
                "Remove": ["fault": "hang"], "Activate": ["fault": "hang"],
            ])
            let start = ContinuousClock.now
            try await daemon.start()
            // One call alone would hold it up for as long as it may take, which is half a minute.
            #expect(ContinuousClock.now - start < .seconds(25))
            #expect(try await daemon.ask("GET", "/containers/\(id)/json").status == 404)
            #expect(try await daemon.volumes == [name])
            try plugin.fail([:])
            try await expectGone(daemon, plugin)
        }
    }

    @Test func `start-up waits as little to tell a plugin that hangs of containers that ended`()
        async throws
    {
        try await withPlugin { daemon, plugin in
            try await daemon.says("volume", "create", "-d", "p", "data")
            _ = try await daemon.runDetached(
                "-v", "data:/vol:nocopy", "busybox", "sleep", "1000")
            try await daemon.kill()
            for process in ProcessEntry.belonging(to: daemon.root)
            where process.words.first == "sleep" {
                Glibc.kill(process.id, SIGKILL)
            }
            try plugin.fail(["Unmount": ["fault": "hang"]])
            let start = ContinuousClock.now
            try await daemon.start()
            #expect(ContinuousClock.now - start < .seconds(25))
            #expect(try plugin.mounts(of: "data").count == 1)
            try plugin.fail([:])
            try await eventually("the plugin is told", within: .seconds(70)) {
                try plugin.mounts(of: "data").isEmpty
            }
        }
    }

    @Test func `an unmount that was heard before pouchd died is over`() async throws {
        try await withPlugin { daemon, plugin in
            try await daemon.says("volume", "create", "-d", "p", "data")
            let id = try await daemon.pouch(
                "create", "--network", "none", "-v", "data:/vol", "busybox", "true"
            ).said
            try await daemon.restart(settings: ["POUCHD_DIE_AT": "detach.made"])
            _ = try? await daemon.pouch("start", id)
            #expect(try await daemon.ended() == -9)
            #expect(plugin.counts["Unmount"] == 1)
            try await daemon.start()
            try await daemon.says("rm", "-f", id)
            // The plugin refuses the second one: it knows of no such mount.
            try await eventually("the volume is free", within: .seconds(60)) {
                try await daemon.ask("DELETE", "/volumes/data").status == 204
            }
            #expect(plugin.counts["Mount"] == 1)
        }
    }
}
