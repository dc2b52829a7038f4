import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// A plugin that fails in every way there is stops only its own volumes.
@Suite(.ownDaemons, .inTime, .serialized, .requiresRoot(to: "run pouchd"))
struct PluginFaultTests {
    /// Short enough to see both sides of each deadline.
    private static let words = [
        "--plugin-timeout", "6", "--plugin-list-timeout", "2", "--plugin-retries", "2",
        "--plugin-wait", "8",
    ]

    private func withPlugin(
        images: TestImage..., body: (TestDaemon, TestPlugin) async throws -> Void
    ) async throws {
        try await TestDaemon.running(words: Self.words) { daemon in
            for image in images { try await daemon.load(image) }
            let plugin = try await TestPlugin.serving("p", to: daemon)
            do {
                try await daemon.says("volume", "create", "-d", "p", "-l", "team=blue", "data-p")
                plugin.forgetCalls()
                try await body(daemon, plugin)
                try await plugin.kill()
            } catch {
                try await plugin.kill()
                throw error
            }
        }
    }

    private func create(_ daemon: TestDaemon, _ name: String) async throws -> Answer {
        try await daemon.ask("POST", "/volumes/create", ["Name": .string(name), "Driver": "p"])
    }

    @Test func `an answer on this side of the deadline counts, on the other it does not`()
        async throws
    {
        try await withPlugin { daemon, plugin in
            try plugin.fail(["Create": ["fault": "slow", "seconds": 1]])
            #expect(try await create(daemon, "slow-p").status == 201)
            try plugin.fail(["List": ["fault": "slow", "seconds": 1]])
            #expect(try await daemon.ask("GET", "/volumes").json["Warnings"] == [])

            try plugin.fail(["Create": ["fault": "slow", "seconds": 20]])
            let late = try await create(daemon, "late-p")
            #expect(late.status == 500, "\(late)")
            for word in ["plugin p", "late-p", "6 s"] {
                #expect(late.message.contains(word), "\(late)")
            }
            #expect(try await daemon.ask("GET", "/volumes/late-p").status == 404)
            #expect(plugin.bodies(of: "Create").count == 2)
        }
    }

    @Test func `while a plugin hangs, a list names it in time, and other volumes go on`()
        async throws
    {
        try await withPlugin(images: .busybox) { daemon, plugin in
            try plugin.fail([
                "List": ["fault": "hang"], "Get": ["fault": "hang"], "Create": ["fault": "hang"],
                "Mount": ["fault": "hang"], "Remove": ["fault": "hang"],
                "Activate": ["fault": "hang"],
            ])
            // A create that hangs, while everything else goes on.
            async let stuck = create(daemon, "stuck-p")
            try await eventually("the plugin hangs") { plugin.counts["Get"] ?? 0 > 0 }
            let start = ContinuousClock.now
            let list = try await daemon.pouch("volume", "ls")
            #expect(ContinuousClock.now - start < .seconds(10))
            #expect(list.output.contains("data-p"), "\(list)")
            #expect(list.errors.contains("plugin p"), "\(list)")

            try await daemon.says("volume", "create", "mine")
            let run = try await daemon.run("-v", "mine:/data", "busybox", "touch", "/data/x")
            #expect(run.status == 0, "\(run)")
            let known = try await daemon.ask("GET", "/volumes/data-p")
            #expect(known.status == 200 && known.json["Labels"] == ["team": "blue"], "\(known)")
            #expect(known.json["Status"]["Error"].string?.contains("p") == true, "\(known)")
            #expect(try await daemon.ask("GET", "/volumes/unknown").status == 404)
            let report = try await daemon.ask("GET", "/volume-plugins/p").json
            #expect(report["Health"] == "failing", "\(report)")
            #expect(report["LastError"].string?.contains("no answer") == true, "\(report)")
            #expect(try await stuck.status == 500)

            // It comes to itself, and pouchd notices without being told.
            try plugin.fail([:])
            try await eventually("pouchd notices", within: .seconds(40)) {
                try await daemon.ask("GET", "/volume-plugins/p").json["Health"] == "healthy"
            }
            #expect(try await daemon.pouch("volume", "ls").errors == "")
        }
    }

    @Test(arguments: ["garbage", "error", "cut"])
    func `a question whose answer broke off is asked again, and a command is not`(fault: String)
        async throws
    {
        try await withPlugin { daemon, plugin in
            // Two failures, and the third answer counts.
            try plugin.fail(["Get": ["fault": .string(fault), "times": 2]])
            #expect(try await create(daemon, "new-p").status == 201)
            #expect(plugin.counts["Get"] == 3 && plugin.counts["Create"] == 1)
            #expect(plugin.bodies(of: "Get") == Array(repeating: ["Name": "new-p"], count: 3))

            plugin.forgetCalls()
            try plugin.fail(["Get": ["fault": .string(fault)]])
            let failed = try await create(daemon, "never-p")
            #expect(failed.status == 500 && failed.message.contains("plugin p"), "\(failed)")
            #expect(plugin.counts["Get"] == 3 && plugin.counts["Create"] == nil)

            plugin.forgetCalls()
            try plugin.fail([
                "Create": ["fault": .string(fault)], "Remove": ["fault": .string(fault)],
            ])
            #expect(try await create(daemon, "once-p").status == 500)
            #expect(plugin.counts["Create"] == 1)
            let removed = try await daemon.ask("DELETE", "/volumes/data-p")
            #expect(removed.status == 500, "\(removed)")
            #expect(plugin.counts["Remove"] == 1)
            let list = try await daemon.ask("GET", "/volumes").json
            #expect(list["Volumes"].array?.compactMap { $0["Name"].string } == ["data-p", "new-p"])
            #expect(daemon.log.split(separator: "\n").allSatisfy { $0.utf8.count < 2000 })
        }
    }

    @Test func `what was made before the answer broke off is unmade`() async throws {
        try await withPlugin { daemon, plugin in
            try plugin.fail(["Create": ["fault": "late-cut"]])
            #expect(try await create(daemon, "half-p").status == 500)
            #expect(plugin.counts["Create"] == 1 && plugin.counts["Remove"] == 1)
            try plugin.fail([:])
            #expect(try await daemon.ask("GET", "/volumes/half-p").status == 404)
        }
    }

    @Test func `a mount whose answer broke off is unmounted, and one that is refused is not`()
        async throws
    {
        try await withPlugin(images: .busybox) { daemon, plugin in
            try plugin.fail(["Mount": ["fault": "refuse", "reason": "the array is on fire"]])
            let refused = try await daemon.run("-v", "data-p:/vol", "busybox", "true")
            #expect(refused.status != 0 && refused.errors.contains("on fire"), "\(refused)")
            #expect(plugin.counts["Mount"] == 1 && plugin.counts["Unmount"] == nil)

            plugin.forgetCalls()
            try plugin.fail(["Mount": ["fault": "late-cut"]])
            let broken = try await daemon.run("-v", "data-p:/vol", "busybox", "true")
            #expect(broken.status != 0 && broken.errors.contains("plugin p"), "\(broken)")
            #expect(plugin.counts["Mount"] == 1 && plugin.counts["Unmount"] == 1)
            #expect(try plugin.mounts(of: "data-p") == [])
            try await daemon.says("volume", "rm", "data-p")
        }
    }

    @Test func `an unmount that a dead plugin missed is made up for when it is back`()
        async throws
    {
        try await withPlugin(images: .busybox) { daemon, plugin in
            let container = try await daemon.runDetached(
                "-v", "data-p:/vol", "busybox", "sleep", "1000")
            try await plugin.vanish()
            // The container goes all the same; the volume stays in use until the plugin knows.
            try await daemon.says("rm", "-f", container)
            let removed = try await daemon.ask("DELETE", "/volumes/data-p?force=1")
            #expect(removed.status == 409, "\(removed)")
            #expect(try plugin.mounts(of: "data-p").count == 1)
            try await plugin.start()
            try await eventually("it is told", within: .seconds(60)) {
                try plugin.mounts(of: "data-p").isEmpty
            }
            #expect(plugin.counts["Unmount"] == 1)
            try await eventually("the volume is free", within: .seconds(30)) {
                try await daemon.ask("DELETE", "/volumes/data-p").status == 204
            }
        }
    }

    @Test func `a plugin that dies in a call fails that call, and is used again when it is back`()
        async throws
    {
        try await withPlugin(images: .busybox) { daemon, plugin in
            try plugin.fail(["Mount": ["fault": "die"]])
            let died = try await daemon.run("-v", "data-p:/vol", "busybox", "true")
            #expect(died.status != 0 && died.errors.contains("plugin p"), "\(died)")
            #expect(plugin.hasEnded)
            try plugin.fail([:])
            // A start waits for a plugin that is not there.
            async let waiting = daemon.run(
                "-v", "data-p:/vol", "busybox", "sh", "-c", "echo kept > /vol/note")
            try await plugin.start()
            let waited = try await waiting
            #expect(waited.status == 0, "\(waited)")
        }
    }

    @Test func `pouchd starts without its plugins, and a start that needs one says so`()
        async throws
    {
        try await withPlugin(images: .busybox) { daemon, plugin in
            let container = try await daemon.says(
                "create", "--network", "none", "-v", "data-p:/vol", "busybox", "true")
            try await daemon.stop()
            try await plugin.vanish()
            try await daemon.start()
            let report = try await daemon.ask("GET", "/volume-plugins/p").json
            #expect(report["Health"] == "missing" && report["Volumes"] == 1, "\(report)")
            let start = ContinuousClock.now
            let started = try await daemon.pouch("start", container)
            let took = ContinuousClock.now - start
            #expect(started.status != 0, "\(started)")
            for word in ["plugin p", "data-p", "not there"] {
                #expect(started.errors.contains(word), "\(started)")
            }
            #expect(took > .seconds(6), "it waited \(took)")
            try await plugin.start()
            try await daemon.says("start", container)
            try await daemon.says("rm", "-f", container)
        }
    }

    @Test func `a container's mount outlives pouchd, and is neither made nor ended twice`()
        async throws
    {
        try await withPlugin(images: .busybox) { daemon, plugin in
            let container = try await daemon.runDetached(
                "-v", "data-p:/vol", "busybox", "sleep", "1000")
            let ids = try plugin.mounts(of: "data-p")
            for _ in 1...2 { try await daemon.restart() }
            #expect(try await daemon.isRunning(container))
            #expect(try plugin.mounts(of: "data-p") == ids)
            #expect(plugin.counts["Mount"] == 1 && plugin.counts["Unmount"] == nil)
            // It ends while pouchd is away.
            try await daemon.kill()
            for process in ProcessEntry.belonging(to: daemon.root)
            where process.words.first == "sleep" {
                Glibc.kill(process.id, SIGKILL)
            }
            try await daemon.start()
            try await eventually("it is unmounted", within: .seconds(60)) {
                try plugin.mounts(of: "data-p").isEmpty
            }
            #expect(plugin.counts["Unmount"] == 1)
            try await daemon.says("start", container)
            #expect(try plugin.mounts(of: "data-p") == ids)
        }
    }
}
