import FoundationEssentials
import Glibc
import Linux
import TestSupport
import Testing

/// Volumes in directories: ours, and those that users bring.
@Suite(.daemon(with: .busybox), .inTime, .serialized, .requiresRoot(to: "run pouchd"))
struct LocalVolumeTests {
    let daemon: TestDaemon

    init() throws { daemon = try .shared }

    /// A directory of the user's with a file in it.
    private func directory(_ name: String) throws -> String {
        let path = "\(daemon.root)/\(daemon.fresh(name))"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true)
        try Data("mine".utf8).write(to: URL(filePath: path + "/mine"))
        return path
    }

    private func isThere(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    private func status(of path: String) throws -> stat {
        var result = stat()
        try #require(lstat(path, &result) == 0, "\(path): errno \(errno)")
        return result
    }

    // MARK: Owner and mode

    @Test func `uid, gid and mode are those of the new directory`() async throws {
        let name = daemon.fresh()
        try await daemon.says(
            "volume", "create", "-o", "uid=1234", "-o", "gid=5678", "-o", "mode=2750", name)

        let found = try status(of: "\(daemon.home)/volume/\(name)")
        #expect(found.st_uid == 1234)
        #expect(found.st_gid == 5678)
        #expect(found.st_mode & 0o7777 == 0o2750)
    }

    @Test func `what is not said about a new directory is root's and 0755`() async throws {
        let name = daemon.fresh()
        try await daemon.says("volume", "create", name)

        let found = try status(of: "\(daemon.home)/volume/\(name)")
        #expect(found.st_uid == 0 && found.st_gid == 0)
        #expect(found.st_mode & 0o7777 == 0o755)
    }

    @Test(arguments: [
        "uid=-1", "uid=me", "uid=4294967295", "uid=99999999999", "uid=", "gid=x", "gid=1.5",
        "mode=9", "mode=rwx", "mode=77777", "mode=-1", "mode=", "mode=0x1ff",
    ])
    func `an owner or a mode that can't be is refused`(option: String) async throws {
        let name = daemon.fresh()
        let finished = try await daemon.pouch("volume", "create", "-o", option, name)
        #expect(finished.status == 1, "\(finished)")
        let key = String(option.prefix { $0 != "=" })
        #expect(finished.errors.contains(key), "\(finished)")
        #expect(!daemon.directories.contains(name))
        #expect(try await daemon.ask("GET", "/volumes/\(name)").status == 404)
    }

    @Test(arguments: ["size=1m", "size=0", "size=many", "inodes=3", "backing=paper", "fs=zfs"])
    func `a size that can't be is refused, and leaves nothing`(option: String) async throws {
        let name = daemon.fresh()
        let finished = try await daemon.pouch("volume", "create", "-o", option, name)
        #expect(finished.status == 1, "\(finished)")
        #expect(finished.errors.contains(String(option.prefix { $0 != "=" })), "\(finished)")
        #expect(!daemon.directories.contains(name))
        #expect(try await daemon.ask("GET", "/volumes/\(name)").status == 404)
    }

    // MARK: A directory that is given

    @Test func `a given directory is used as it is, and kept when the volume is removed`()
        async throws
    {
        let path = try directory("given")
        chmod(path, 0o700)
        let name = daemon.fresh()
        try await daemon.says("volume", "create", "-o", "mount=\(path)", name)
        #expect(try await daemon.says("volume", "inspect", "-f", "{{.Mountpoint}}", name) == path)
        #expect(try status(of: path).st_mode & 0o7777 == 0o700)
        #expect(!daemon.directories.contains(name))

        let finished = try await daemon.run(
            "-v", "\(name):/data", "busybox", "sh", "-c", "cat /data/mine; echo new > /data/new")
        #expect(finished.output == "mine", "\(finished)")
        try await daemon.says("volume", "rm", name)

        #expect(try OpenFile.text(at: path + "/mine") == "mine")
        #expect(try OpenFile.text(at: path + "/new") == "new\n")
    }

    @Test func `a given directory outlives pruning and force`() async throws {
        let path = try directory("given")
        let name = daemon.fresh()
        try await daemon.says("volume", "create", "-o", "mount=\(path)", "-l", "given=yes", name)
        try await daemon.says("volume", "prune", "--all", "--force", "--filter", "label=given")
        #expect(try await daemon.ask("GET", "/volumes/\(name)").status == 404)
        #expect(isThere(path + "/mine"))

        try await daemon.says("volume", "create", "-o", "mount=\(path)", name)
        try await daemon.says("volume", "rm", "--force", name)
        #expect(isThere(path + "/mine"))
    }

    private func expectRefusal(of mount: String, because reason: String) async throws {
        let name = daemon.fresh()
        let finished = try await daemon.pouch("volume", "create", "-o", "mount=\(mount)", name)
        #expect(finished.status == 1, "mount=\(mount), \(reason): \(finished)")
        #expect(!finished.errors.isEmpty)
        #expect(try await daemon.ask("GET", "/volumes/\(name)").status == 404)
    }

    @Test func `what is no directory by an absolute path is refused`() async throws {
        let path = try directory("given")
        try await expectRefusal(of: path + "/mine", because: "a file")
        try await expectRefusal(of: path + "/missing", because: "missing")
        try await expectRefusal(of: path + "/mine/deeper", because: "below a file")
        try await expectRefusal(of: "relative", because: "relative")
        try await expectRefusal(of: ".", because: "relative")
        try await expectRefusal(of: "./given", because: "relative")
        try await expectRefusal(of: "../given", because: "relative")
        try await expectRefusal(of: "", because: "empty")
        try await expectRefusal(of: "/dev/null", because: "a device")
        #expect(!isThere(path + "/missing"))
    }

    @Test func `the whole host is refused`() async throws {
        for path in ["/", "//", "/.", "/tmp/..", "/../"] {
            try await expectRefusal(of: path, because: "the root directory")
        }
    }

    @Test func `pouchd's own directories are refused, and what holds them`() async throws {
        let own = [
            daemon.home, daemon.home + "/", daemon.home + "/volume", daemon.home + "/trash",
            daemon.state, daemon.home + "/../home", daemon.root + "/./home/volume",
            // What holds them.
            daemon.root, daemon.root + "/.", daemon.root + "/..",
        ]
        for path in own where isThere(path) {
            try await expectRefusal(of: path, because: "pouchd's own")
        }
        let other = daemon.fresh()
        try await daemon.says("volume", "create", other)
        try await expectRefusal(of: "\(daemon.home)/volume/\(other)", because: "a volume's own")
        try await daemon.says("volume", "rm", other)
    }

    @Test func `a link into pouchd's own directories is refused`() async throws {
        let path = try directory("links")
        for (name, target) in [
            ("home", daemon.home), ("volumes", daemon.home + "/volume"), ("state", daemon.state),
            ("root", "/"), ("above", daemon.root), ("relative", "../home"),
        ] {
            try FileManager.default.createSymbolicLink(
                atPath: "\(path)/\(name)", withDestinationPath: target)
            try await expectRefusal(of: "\(path)/\(name)", because: "a link to \(target)")
        }
        try await expectRefusal(of: "\(path)/above/home", because: "through a link")
    }

    @Test func `a link that is turned elsewhere afterwards leads nobody astray`() async throws {
        let (path, other) = (try directory("given"), try directory("other"))
        let link = daemon.root + "/" + daemon.fresh("link")
        symlink(path, link)
        let name = daemon.fresh()
        try await daemon.says("volume", "create", "-o", "mount=\(link)", name)
        #expect(try await daemon.says("volume", "inspect", "-f", "{{.Mountpoint}}", name) == path)
        unlink(link)
        symlink(other, link)
        let touched = try await daemon.run("-v", "\(name):/data", "busybox", "touch", "/data/new")
        #expect(touched.status == 0, "\(touched)")
        #expect(isThere(path + "/new") && !isThere(other + "/new"))

        // The directory itself becomes a link to another.
        rename(path, path + "-moved")
        symlink(other, path)
        let refused = try await daemon.run("-v", "\(name):/data", "busybox", "touch", "/data/new")
        #expect(refused.status == 125, "\(refused)")
        #expect(refused.errors.contains(name), "\(refused)")
        #expect(!isThere(other + "/new"))
        try await daemon.says("volume", "rm", name)
        #expect(isThere(other + "/mine") && isThere(path + "-moved/mine"))
    }

    @Test func `a directory that another volume has is refused, however it is spelled`()
        async throws
    {
        let path = try directory("given")
        let link = daemon.root + "/" + daemon.fresh("link")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
        let name = daemon.fresh()
        try await daemon.says("volume", "create", "-o", "mount=\(path)", name)

        let parent = path.split(separator: "/").dropLast().joined(separator: "/")
        let last = path.split(separator: "/").last ?? ""
        for spelling in [
            path, path + "/", path + "/.", path.replacing("/given", with: "//given"),
            "/\(parent)/./\(last)", "\(path)/../\(last)", link,
        ] {
            let other = daemon.fresh()
            let finished = try await daemon.pouch(
                "volume", "create", "-o", "mount=\(spelling)", other)
            #expect(finished.status == 1, "\(spelling): \(finished)")
            #expect(try await daemon.ask("GET", "/volumes/\(other)").status == 404)
        }
        try await daemon.says("volume", "rm", name)
        try await daemon.says("volume", "create", "-o", "mount=\(path)", name)
        try await daemon.says("volume", "rm", name)
    }

    @Test func `of many that want one directory at once, one gets it`() async throws {
        let path = try directory("given")
        let made = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<16 {
                group.addTask {
                    try await daemon.ask(
                        "POST", "/volumes/create",
                        [
                            "Name": .string("rival-\(number)"),
                            "DriverOpts": ["mount": .string(path)],
                        ]
                    ).status
                }
            }
            return try await group.reduce(into: 0) { $0 += $1 == 201 ? 1 : 0 }
        }
        #expect(made == 1)
        for name in try await daemon.volumes where name.hasPrefix("rival-") {
            try await daemon.says("volume", "rm", name)
        }
        #expect(isThere(path + "/mine"))
    }

    // MARK: Removal

    @Test func `removal deletes everything that containers left`() async throws {
        let name = daemon.fresh()
        let finished = try await daemon.run(
            "-v", "\(name):/data", "busybox", "sh", "-c",
            """
            mkdir -p /data/a/b/c; for i in $(seq 300); do echo $i > /data/a/b/$i; done
            ln -s /etc /data/link; mkfifo /data/pipe; chmod 000 /data/a/b/c; chmod 500 /data/a
            echo x > "/data/ odd *name"
            """)
        #expect(finished.status == 0, "\(finished)")
        try await daemon.says("volume", "rm", name)

        #expect(!daemon.directories.contains(name))
        try await eventually("the trash is empty") {
            try FileManager.default.contentsOfDirectory(atPath: daemon.home + "/trash").isEmpty
        }
        #expect(isThere("/etc/passwd"))
    }

    @Test func `removal doesn't follow a volume's directory that became a link`() async throws {
        let path = try directory("innocent")
        let name = daemon.fresh()
        try await daemon.says("volume", "create", name)
        try FileManager.default.removeItem(atPath: "\(daemon.home)/volume/\(name)")
        try FileManager.default.createSymbolicLink(
            atPath: "\(daemon.home)/volume/\(name)", withDestinationPath: path)

        let run = try await daemon.run("-v", "\(name):/data", "busybox", "touch", "/data/x")
        #expect(run.status != 0, "\(run)")
        #expect(!isThere(path + "/x"))
        _ = try await daemon.pouch("volume", "rm", name)
        #expect(isThere(path + "/mine"))
        unlink("\(daemon.home)/volume/\(name)")
        _ = try await daemon.pouch("volume", "rm", "--force", name)
        #expect(isThere(path + "/mine"))
    }
}
