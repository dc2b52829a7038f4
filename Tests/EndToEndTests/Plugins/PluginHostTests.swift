import FoundationEssentials
import Linux
import TestSupport
import Testing

/// Plugins of Docker's protocol keep volumes for real containers.
@Suite(.daemon(with: .busybox, .data), .inTime, .serialized, .requiresRoot(to: "run pouchd"))
struct PluginHostTests {
    let daemon: TestDaemon

    init() throws { daemon = try .shared }

    private func withPlugin<Result>(
        scope: String = "local", _ body: (TestPlugin) async throws -> Result
    ) async throws -> Result {
        let plugin = try await TestPlugin.serving(daemon.fresh("p"), to: daemon, scope: scope)
        do {
            let result = try await body(plugin)
            try await plugin.vanish()
            return result
        } catch {
            try await plugin.vanish()
            throw error
        }
    }

    private func create(_ name: String, in plugin: TestPlugin, _ words: String...) async throws {
        _ = try await daemon.pouch(
            ["volume", "create", "-d", plugin.name, name] + words
        ).said
    }

    private func plugin(_ name: String) async throws -> JSON {
        try await daemon.ask("GET", "/volume-plugins/\(name)").json
    }

    @Test func `containers keep real data in a plugin's volume`() async throws {
        try await withPlugin(scope: "global") { plugin in
            try await create("data-p", in: plugin, "-o", "colour=red", "--label", "team=blue")
            #expect(plugin.bodies(of: "Create") == [["Name": "data-p", "Opts": ["colour": "red"]]])
            let written = try await daemon.run(
                "-v", "data-p:/vol", "busybox", "sh", "-c", "echo kept > /vol/note")
            #expect(written.status == 0, "\(written)")
            let read = try await daemon.run("-v", "data-p:/vol:ro", "busybox", "cat", "/vol/note")
            #expect(try read.said == "kept")
            let note = try OpenFile.text(at: plugin.root + "/data-p/note")
            #expect(note == "kept\n")

            let volume = try await daemon.ask("GET", "/volumes/data-p").json
            #expect(volume["Labels"] == ["team": "blue"])
            #expect(volume["Options"] == ["colour": "red"])
            #expect(volume["Scope"] == "global")
            #expect(volume["Mountpoint"].string == plugin.root + "/data-p")
            #expect(volume["Status"]["mounts"] == "0")
            #expect(volume["Status"]["options"] == #"{"colour":"red"}"#)

            try await daemon.says("volume", "rm", "data-p")
            #expect(plugin.counts["Remove"] == 1)
            #expect(!FileManager.default.fileExists(atPath: plugin.root + "/data-p"))
        }
    }

    @Test func `each container mounts once under an ID of its own, and unmounts under the same`()
        async throws
    {
        try await withPlugin { plugin in
            try await create("pair-p", in: plugin)
            let one = try await daemon.runDetached(
                "-v", "pair-p:/vol", "busybox", "sleep", "1000")
            let two = try await daemon.runDetached(
                "-v", "pair-p:/vol", "busybox", "sleep", "1000")
            let ids = try plugin.mounts(of: "pair-p")
            #expect(Set(ids).count == 2 && ids.count == 2)
            #expect(ids.allSatisfy { $0.wholeMatch(of: /[0-9a-f]{64}/) != nil }, "\(ids)")

            try await daemon.says("kill", one)
            try await daemon.says("wait", one)
            try await eventually("one is unmounted") { try plugin.mounts(of: "pair-p").count == 1 }
            // Again, under the ID that it had.
            try await daemon.says("start", one)
            #expect(try Set(plugin.mounts(of: "pair-p")) == Set(ids))
            try await daemon.says("rm", "-f", one, two)
            #expect(try plugin.mounts(of: "pair-p") == [])
            #expect(plugin.counts["Mount"] == 3 && plugin.counts["Unmount"] == 3)
            #expect(plugin.counts["Activate"] == 1 && plugin.counts["Capabilities"] == 1)
            try await daemon.says("volume", "rm", "pair-p")
        }
    }

    @Test func `what an image has goes into a plugin's empty volume, once`() async throws {
        try await withPlugin { plugin in
            try await create("image-p", in: plugin)
            let first = try await daemon.run("-v", "image-p:/data", "data", "cat", "/data/file")
            #expect(try first.said == "from the image")
            // Once for the copy, once for the container.
            #expect(plugin.counts["Mount"] == 2 && plugin.counts["Unmount"] == 2)
            let change = try await daemon.run(
                "-v", "image-p:/data", "data", "sh", "-c", "echo mine > /data/file")
            #expect(change.status == 0, "\(change)")
            let second = try await daemon.run("-v", "image-p:/data", "data", "cat", "/data/file")
            #expect(try second.said == "mine")
            #expect(try plugin.mounts(of: "image-p") == [])
            try await daemon.says("volume", "rm", "image-p")
        }
    }

    @Test func `a volume in use is not removed, and the plugin is not even asked`() async throws {
        try await withPlugin { plugin in
            try await create("used-p", in: plugin)
            let container = try await daemon.says(
                "create", "--network", "none", "-v", "used-p:/vol", "busybox", "true")
            let finished = try await daemon.pouch("volume", "rm", "-f", "used-p")
            #expect(finished.status == 1 && finished.errors.contains("in use"), "\(finished)")
            #expect(plugin.counts["Remove"] == nil)
            try await daemon.says("rm", container)
            try await daemon.says("volume", "rm", "used-p")
        }
    }

    @Test func `what only the plugin knows is listed, used and removed, and never pruned`()
        async throws
    {
        try await withPlugin { plugin in
            let foreign = daemon.fresh("foreign")
            // Another host's pouchd, say, made it.
            try await Program.shell(
                #"""
                mkdir -p "$1/$2"; echo theirs > "$1/$2/note"
                printf '{"%s":{"created":"2001-02-03T04:05:06Z","options":{},"mounts":[]}}' "$2" \
                    > "$1/.state"
                """#, plugin.root, foreign)
            let list = try await daemon.says("volume", "ls", "--format", "{{.Name}} {{.Driver}}")
            #expect(list.contains("\(foreign) \(plugin.name)"), "\(list)")
            let volume = try await daemon.ask("GET", "/volumes/\(foreign)").json
            #expect(volume["CreatedAt"] == "2001-02-03T04:05:06Z")
            #expect(volume["Driver"].string == plugin.name)

            try await daemon.says("volume", "prune", "--all", "--force")
            #expect(FileManager.default.fileExists(atPath: "\(plugin.root)/\(foreign)/note"))
            let stated = try await daemon.pouch(
                "volume", "create", "-d", plugin.name, "-o", "size=1", foreign)
            #expect(stated.status == 1 && stated.errors.contains("options"), "\(stated)")
            let read = try await daemon.run(
                "-v", "\(foreign):/vol", "busybox", "cat", "/vol/note")
            #expect(try read.said == "theirs")
            #expect(plugin.counts["Create"] == nil)
            try await daemon.says("volume", "rm", foreign)
            #expect(!FileManager.default.fileExists(atPath: "\(plugin.root)/\(foreign)"))
        }
    }

    @Test func `a volume that the plugin lost is said to be lost, and no container starts on it`()
        async throws
    {
        try await withPlugin { plugin in
            try await create("lost-p", in: plugin, "--label", "team=blue")
            let container = try await daemon.says(
                "create", "--network", "none", "-v", "lost-p:/vol", "busybox", "true")
            try await Program.shell(#"rm -r "$1"/lost-p; echo '{}' > "$1/.state""#, plugin.root)

            let list = try await daemon.pouch("volume", "ls")
            #expect(list.errors.contains("lost-p") && list.errors.contains(plugin.name), "\(list)")
            #expect(list.output.contains("lost-p"))
            let inspected = try await daemon.ask("GET", "/volumes/lost-p").json
            #expect(inspected["Status"]["Error"].string?.contains(plugin.name) == true)
            #expect(inspected["Labels"] == ["team": "blue"])
            let started = try await daemon.pouch("start", container)
            #expect(started.status != 0 && started.errors.contains("unavailable"), "\(started)")
            let again = try await daemon.pouch("volume", "create", "-d", plugin.name, "lost-p")
            #expect(again.status == 1 && again.errors.contains("unavailable"), "\(again)")
            #expect(plugin.counts["Mount"] == nil && plugin.counts["Unmount"] == nil)

            try await daemon.says("rm", container)
            // Nobody has it now, so it can be made anew; its labels are kept.
            try await create("lost-p", in: plugin)
            #expect(plugin.counts["Create"] == 2)
            try await Program.shell(#"rm -r "$1"/lost-p; echo '{}' > "$1/.state""#, plugin.root)
            try await daemon.says("volume", "rm", "lost-p")
            #expect(plugin.counts["Remove"] == nil)
        }
    }

    @Test func `what a plugin refuses is refused in its words, and leaves nothing`() async throws {
        try await withPlugin { plugin in
            let refused = try await daemon.pouch(
                "volume", "create", "-d", plugin.name, "-o", "bad=1", "never-p")
            #expect(refused.status == 1, "\(refused)")
            #expect(refused.errors.contains("option bad is not for this storage"), "\(refused)")
            #expect(refused.errors.contains(plugin.name), "\(refused)")
            #expect(try await daemon.ask("GET", "/volumes/never-p").status == 404)
            #expect(try await self.plugin(plugin.name)["Health"] == "healthy")
        }
    }

    @Test func `a plugin that appears is usable at once, and one that goes is reported`()
        async throws
    {
        let name = daemon.fresh("late")
        let early = try await daemon.pouch("volume", "create", "-d", name, "late-p")
        #expect(early.status == 1 && early.errors.contains("local"), "\(early)")
        let plugin = try await TestPlugin.serving(name, to: daemon)
        try await create("late-p", in: plugin)
        #expect(try await daemon.says("driver", "ls", "-q").contains(name))
        try await plugin.vanish()
        try await eventually("pouchd notices", within: .seconds(60)) {
            try await self.plugin(name)["Health"] == "missing"
        }
        #expect(daemon.log.contains("a plugin that volumes need has gone"))
        let list = try await daemon.pouch("volume", "ls")
        #expect(list.output.contains("late-p") && list.errors.contains(name), "\(list)")
        let table = try await daemon.says("plugin", "ls")
        #expect(table.contains(name) && table.contains("missing"), "\(table)")

        let stuck = try await daemon.pouch("volume", "rm", "late-p")
        #expect(stuck.status == 1 && stuck.errors.contains(name), "\(stuck)")
        // It is gone for good, and said to be.
        try await daemon.says("volume", "rm", "-f", "late-p")
        #expect(try await daemon.ask("GET", "/volume-plugins/\(name)").status == 404)
    }

    @Test func `a wrong driver name is answered at once, with the names that exist`()
        async throws
    {
        try await withPlugin { plugin in
            try await create("any-p", in: plugin)
            var times: [Duration] = []
            for _ in 1...9 {
                let start = ContinuousClock.now
                let answer = try await daemon.ask(
                    "POST", "/volumes/create", ["Name": "wrong", "Driver": "nope"])
                times.append(ContinuousClock.now - start)
                #expect(answer.status == 404, "\(answer)")
                for word in ["nope", "local", "tmpfs", plugin.name] {
                    #expect(answer.message.contains(word), "\(answer)")
                }
            }
            // The median, for the machine may be busy for a moment.
            #expect(times.sorted()[4] < .milliseconds(100), "\(times)")
            try await daemon.says("volume", "rm", "any-p")
        }
    }

    @Test func `a plugin for something else is no driver`() async throws {
        let name = daemon.fresh("net")
        let plugin = try await TestPlugin.serving(name, to: daemon, implements: "NetworkDriver")
        let finished = try await daemon.pouch("volume", "create", "-d", name, "net-p")
        #expect(finished.status == 1 && finished.errors.contains("no volume driver"), "\(finished)")
        #expect(try await self.plugin(name)["Health"] == "unfit")
        try await plugin.vanish()
    }

    @Test func `a plugin older than Get, List and Capabilities works`() async throws {
        try await withPlugin { plugin in
            try plugin.fail([
                "Get": ["fault": "old"], "List": ["fault": "old"],
                "Capabilities": ["fault": "old"],
            ])
            try await create("old-p", in: plugin)
            let written = try await daemon.run(
                "-v", "old-p:/vol", "busybox", "sh", "-c", "echo kept > /vol/note")
            #expect(written.status == 0, "\(written)")
            let list = try await daemon.pouch("volume", "ls")
            #expect(list.output.contains("old-p") && list.errors == "", "\(list)")
            #expect(try await daemon.ask("GET", "/volumes/old-p").json["Scope"] == "local")
            try await daemon.says("volume", "rm", "old-p")
            #expect(plugin.counts["Remove"] == 1)
        }
    }
}
