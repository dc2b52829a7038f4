import FoundationEssentials
import Linux
import TestSupport
import Testing

/// A plugin's volume gets all of what an image has, or nothing, also when pouchd dies meanwhile.
@Suite(
    .daemon(with: .busybox, .data), .inTime, .serialized, .requiresRoot(to: "run containers"))
struct PluginFillTests {
    let daemon: TestDaemon

    /// What the image has, as `ls -A` shows it.
    private static let all = [
        "a name", "empty", "file", "folder", "pipe", "program", "soft", "sparse",
    ]

    init() throws { daemon = try .shared }

    /// Runs `body` with a plugin whose volume `name` is empty.
    private func withVolume(_ body: (TestPlugin, _ name: String) async throws -> Void) async throws
    {
        let plugin = try await TestPlugin.serving(daemon.fresh("p"), to: daemon)
        do {
            let name = daemon.fresh("filled")
            try await daemon.says("volume", "create", "-d", plugin.name, name)
            try await body(plugin, name)
            // The mount of a copy that was cut short may not have ended yet.
            try await eventually("the volume is free", within: .seconds(60)) {
                try await daemon.ask("DELETE", "/volumes/\(name)").status == 204
            }
            try await plugin.vanish()
        } catch {
            try await plugin.vanish()
            throw error
        }
    }

    private func die(at step: String, filling name: String) async throws {
        try await daemon.restart(settings: ["POUCHD_DIE_AT": step])
        _ = try? await daemon.pouch("create", "--network", "none", "-v", "\(name):/data", "data")
        #expect(try await daemon.ended(within: .seconds(30)) == -9, "nobody came by \(step)")
        try await daemon.restart()
    }

    private func entries(of name: String, in plugin: TestPlugin) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(plugin.root)/\(name)").sorted()
            .map { String($0.prefix { $0 != "\n" }) }
    }

    @Test(arguments: [
        ("populate.marked", false), ("populate.copied", false), ("populate.whole", true),
        ("populate.moved", true), ("populate.filled", true), ("populate.recorded", true),
    ])
    func `pouchd dies, and no container ever sees half of it`(
        step: String, isFilled: Bool
    ) async throws {
        try await withVolume { plugin, name in
            try await die(at: step, filling: name)
            // The plugin was told that nobody has it, or will be.
            try await eventually("the copy's mount is ended", within: .seconds(60)) {
                try plugin.mounts(of: name).isEmpty
            }
            // One that has nothing to put there.
            let seen = try await daemon.run("-v", "\(name):/seen", "busybox", "ls", "-A", "/seen")
            #expect(seen.status == 0, "\(seen)")
            #expect(try entries(of: name, in: plugin) == (isFilled ? Self.all : []))
            #expect(seen.output.contains("file") == isFilled, "\(seen)")

            let read = try await daemon.run(
                "-v", "\(name):/data", "data", "sh", "-c", "cat /data/file && /data/program")
            #expect(try read.said == "from the image\nran")
            #expect(try entries(of: name, in: plugin) == Self.all)
            // The root is as the image's directory is, too.
            let status = try FileStatus(of: "\(plugin.root)/\(name)")
            #expect(status.mode == 0o2750 && status.user == 1000 && status.group == 1001)
            try await daemon.expectSound()
        }
    }

    @Test(arguments: ["populate.copied", "populate.whole"])
    func `what another host put there meanwhile stays as it is`(step: String) async throws {
        try await withVolume { plugin, name in
            try await die(at: step, filling: name)
            let place = "\(plugin.root)/\(name)"
            try Data("theirs".utf8).write(to: URL(filePath: place + "/file"))
            try Data("theirs".utf8).write(to: URL(filePath: place + "/other"))
            let read = try await daemon.run(
                "-v", "\(name):/data", "data", "cat", "/data/file", "/data/other")
            #expect(try read.said == "theirstheirs")
            let left = try entries(of: name, in: plugin)
            #expect(
                left
                    == (step == "populate.copied"
                        ? ["file", "other"] : (Self.all + ["other"]).sorted()))
        }
    }

    @Test func `a copy that fails leaves the volume empty`() async throws {
        try await withVolume { plugin, name in
            // Too small for what the image has.
            let place = "\(plugin.root)/\(name)"
            try await Program.shell(#"mount -t tmpfs -o size=16k,mode=755 none "$1""#, place)
            do {
                let made = try await daemon.pouch(
                    "create", "--network", "none", "-v", "\(name):/bin", "busybox", "true")
                #expect(made.status != 0 && made.errors.contains("No space left"), "\(made)")
                #expect(try entries(of: name, in: plugin) == [])
            } catch {
                try await Program.shell(#"umount "$1""#, place)
                throw error
            }
            try await Program.shell(#"umount "$1""#, place)
            let made = try await daemon.run("-v", "\(name):/data", "data", "cat", "/data/file")
            #expect(try made.said == "from the image")
        }
    }
}
