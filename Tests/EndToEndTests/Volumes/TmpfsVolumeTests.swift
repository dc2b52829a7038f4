import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// Volumes in memory, which are there while a container uses them.
@Suite(.daemon(with: .busybox, .data), .inTime, .serialized, .requiresRoot(to: "run pouchd"))
struct TmpfsVolumeTests {
    let daemon: TestDaemon

    init() throws { daemon = try .shared }

    private func place(_ name: String) -> String { "\(daemon.state)/tmpfs/\(name)" }

    private func isThere(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    private func create(_ name: String, _ options: String...) async throws {
        let finished = try await daemon.pouch(
            ["volume", "create", "--driver", "tmpfs"] + options.flatMap { ["-o", $0] } + [name])
        _ = try finished.said
    }

    /// A container that has the volume and runs until it is told to end.
    private func hold(_ name: String) async throws -> String {
        try await daemon.runDetached(
            "-v", "\(name):/mem", "busybox", "sh", "-c",
            "trap exit TERM; while :; do sleep 0.1; done"
        )
    }

    @Test func `a volume is mounted while a container runs, and gone when it ended`()
        async throws
    {
        let name = daemon.fresh()
        try await create(name)
        #expect(MountEntry.at(place(name)) == nil)

        let container = try await hold(name)
        let mount = try #require(MountEntry.at(place(name)))
        #expect(mount.type == "tmpfs")
        #expect(mount.options.isSuperset(of: ["noexec", "nosuid", "nodev"]))
        #expect(mount.superOptions.contains("size=65536k"))
        try await daemon.says("stop", container)
        try await eventually("the volume is unmounted") { MountEntry.at(place(name)) == nil }

        try await daemon.says("start", container)
        #expect(MountEntry.at(place(name)) != nil)
        try await daemon.says("rm", "-f", container)
        #expect(MountEntry.at(place(name)) == nil)
        try await daemon.says("volume", "rm", name)
        #expect(!isThere(place(name)))
    }

    @Test func `two containers share it, and it goes with the last one`() async throws {
        let name = daemon.fresh()
        try await create(name)
        let (first, second) = (try await hold(name), try await hold(name))
        #expect(MountEntry.all().count { $0.place == place(name) } == 1)
        try Data("shared".utf8).write(to: URL(filePath: place(name) + "/file"))

        try await daemon.says("rm", "-f", first)
        #expect(isThere(place(name) + "/file"))
        let seen = try await daemon.run("-v", "\(name):/x", "busybox", "cat", "/x/file")
        #expect(seen.output == "shared", "\(seen)")
        try await daemon.says("stop", second)
        try await eventually("the volume is unmounted") { MountEntry.at(place(name)) == nil }

        let empty = try await daemon.run("-v", "\(name):/x", "busybox", "ls", "-A", "/x")
        #expect(empty.output == "", "\(empty)")
        try await daemon.says("rm", second)
        try await daemon.says("volume", "rm", name)
    }

    @Test(arguments: [
        ("10m", "size=10240k"), ("512m", "size=524288k"), ("1.5g", "size=1572864k"),
        ("1G", "size=1048576k"), ("1048576", "size=1024k"), ("64K", "size=64k"),
        ("2MB", "size=2048k"),
    ])
    func `a size is what the kernel enforces`(size: String, option: String) async throws {
        let name = daemon.fresh()
        try await create(name, "size=\(size)")
        let container = try await hold(name)
        let mount = MountEntry.at(place(name))
        #expect(mount?.superOptions.contains(option) == true, "\(mount?.superOptions ?? [])")
        try await daemon.says("rm", "-f", container)
        try await daemon.says("volume", "rm", name)
    }

    @Test(arguments: ["0", "-1", "-5m", "", "many", "10x", "1.2.3", "m", "1e9", "99999999999999g"])
    func `a size that can't be is refused`(size: String) async throws {
        let name = daemon.fresh()
        let finished = try await daemon.pouch(
            "volume", "create", "-d", "tmpfs", "-o", "size=\(size)", name)
        #expect(finished.status == 1, "\(finished)")
        #expect(finished.errors.contains("size"), "\(finished)")
        #expect(try await daemon.ask("GET", "/volumes/\(name)").status == 404)
    }

    @Test func `a container can't write more than the size`() async throws {
        let name = daemon.fresh()
        try await create(name, "size=1m")
        let finished = try await daemon.run(
            "-v", "\(name):/mem", "busybox", "dd", "if=/dev/zero", "of=/mem/file", "bs=64k",
            "count=100")
        #expect(finished.status == 1, "\(finished)")
        #expect(finished.errors.contains("No space left on device"), "\(finished)")
        try await daemon.says("volume", "rm", name)
    }

    @Test func `owner, mode and number of files are as asked`() async throws {
        let name = daemon.fresh()
        try await create(name, "mode=0750", "uid=1000", "gid=1001", "nr_inodes=77")
        let container = try await hold(name)
        let mount = try #require(MountEntry.at(place(name)))
        #expect(mount.superOptions.isSuperset(of: ["mode=750", "uid=1000", "gid=1001"]))
        #expect(mount.superOptions.contains("nr_inodes=77"))
        let seen = try await daemon.run(
            "-v", "\(name):/mem", "busybox", "stat", "-c", "%u %g %a", "/mem")
        #expect(seen.output == "1000 1001 750\n", "\(seen)")
        try await daemon.says("rm", "-f", container)
        try await daemon.says("volume", "rm", name)
    }

    @Test func `unless asked, anybody may write`() async throws {
        let name = daemon.fresh()
        try await create(name)
        let finished = try await daemon.run(
            "-v", "\(name):/mem", "-u", "1000", "busybox", "sh", "-c",
            "touch /mem/file; stat -c '%u %g %a' /mem")
        #expect(finished.output == "0 0 1777\n", "\(finished)")
        try await daemon.says("volume", "rm", name)
    }

    @Test func `a program in it can't be run`() async throws {
        let name = daemon.fresh()
        try await create(name)
        let finished = try await daemon.run(
            "-v", "\(name):/mem", "busybox", "sh", "-c", "cp /bin/busybox /mem/sh; /mem/sh true")
        #expect(finished.status == 126, "\(finished)")
        try await daemon.says("volume", "rm", name)
    }

    @Test func `inspect shows how full it is`() async throws {
        let name = daemon.fresh()
        try await create(name, "size=8m")
        let container = try await hold(name)
        let before = try await daemon.ask("GET", "/volumes/\(name)").json["Status"]
        try Data(count: 3 << 20).write(to: URL(filePath: place(name) + "/file"))
        let after = try await daemon.ask("GET", "/volumes/\(name)").json["Status"]

        let texts = after.object?.values.compactMap { $0.string } ?? []
        #expect(before != after, "\(before) and \(after)")
        #expect(texts.contains("\(8 << 20)"), "the size, in \(after)")
        #expect(texts.contains("\(3 << 20)"), "what is used, in \(after)")
        try await daemon.says("rm", "-f", container)
        try await daemon.says("volume", "rm", name)
    }

    // MARK: Another place

    @Test func `mount= is another place, made and removed by us`() async throws {
        let other = daemon.root + "/" + daemon.fresh("memory")
        let name = daemon.fresh()
        try await create(name, "mount=\(other)")
        #expect(
            try await daemon.says("volume", "inspect", "-f", "{{.Mountpoint}}", name) == other)
        let container = try await hold(name)
        #expect(MountEntry.at(other)?.type == "tmpfs")
        #expect(MountEntry.at(place(name)) == nil)

        try await daemon.says("rm", "-f", container)
        #expect(MountEntry.at(other) == nil)
        try await daemon.says("volume", "rm", name)
        #expect(!isThere(other))
    }

    @Test func `mount= over a user's directory leaves what is in it alone`() async throws {
        let other = daemon.root + "/" + daemon.fresh("memory")
        mkdir(other, 0o755)
        try Data("mine".utf8).write(to: URL(filePath: other + "/mine"))
        let name = daemon.fresh()
        // To hide a user's files behind the mount may be refused; to lose them may not be.
        let made = try await daemon.pouch(
            "volume", "create", "-d", "tmpfs", "-o", "mount=\(other)", name)
        if made.status == 0 {
            _ = try await daemon.run("-v", "\(name):/mem", "busybox", "touch", "/mem/x")
            try await daemon.says("volume", "rm", name)
        }
        #expect(MountEntry.at(other) == nil)
        #expect(isThere(other + "/mine"))
    }

    @Test func `mount= leaves an empty directory of the user's in its place`() async throws {
        let other = daemon.root + "/" + daemon.fresh("memory")
        mkdir(other, 0o755)
        let name = daemon.fresh()
        try await create(name, "mount=\(other)")
        let finished = try await daemon.run("-v", "\(name):/mem", "busybox", "touch", "/mem/x")
        #expect(finished.status == 0, "\(finished)")
        try await daemon.says("volume", "rm", name)
        #expect(isThere(other))
    }

    @Test func `mount= at a bad place is refused`() async throws {
        let file = daemon.root + "/" + daemon.fresh("file")
        try Data().write(to: URL(filePath: file))
        for place in [
            "/", "relative", "", file, daemon.home, daemon.home + "/volume/x", daemon.state,
            daemon.root,
        ] {
            let finished = try await daemon.pouch(
                "volume", "create", "-d", "tmpfs", "-o", "mount=\(place)", daemon.fresh())
            #expect(finished.status == 1, "mount=\(place): \(finished)")
        }
    }

    @Test func `two volumes can't have one place`() async throws {
        let other = daemon.root + "/" + daemon.fresh("memory")
        let name = daemon.fresh()
        try await create(name, "mount=\(other)")
        for driver in ["tmpfs", "local"] {
            let finished = try await daemon.pouch(
                "volume", "create", "-d", driver, "-o", "mount=\(other)", daemon.fresh())
            #expect(finished.status == 1, "\(finished)")
        }
        try await daemon.says("volume", "rm", name)
    }

    // MARK: Crashes

    @Test func `it stays mounted over a crash of pouchd, and goes with its container`()
        async throws
    {
        let name = daemon.fresh()
        try await create(name)
        let container = try await hold(name)
        try Data("kept".utf8).write(to: URL(filePath: place(name) + "/file"))
        try await daemon.restart()

        #expect(isThere(place(name) + "/file"))
        #expect(try await daemon.pouch("volume", "rm", name).status == 1)
        try await daemon.says("stop", container)
        try await eventually("the volume is unmounted") { MountEntry.at(place(name)) == nil }
        try await daemon.says("rm", container)
        try await daemon.says("volume", "rm", name)
    }

    @Test func `it goes when its container ended while pouchd was dead`() async throws {
        let name = daemon.fresh()
        try await create(name)
        let container = try await daemon.runDetached(
            "-v", "\(name):/mem", "busybox", "sh", "-c",
            "while [ ! -e /mem/end ]; do sleep 0.05; done")
        let process = try await daemon.ask("GET", "/containers/\(container)/json")
            .json["State"]["Pid"].int
        try await daemon.kill()
        try Data().write(to: URL(filePath: place(name) + "/end"))
        let id = try #require(process)
        try await eventually("the container ended") { !ProcessEntry.isAlive(Int32(id)) }

        try await daemon.start()
        try await eventually("the volume is unmounted") { MountEntry.at(place(name)) == nil }
        try await daemon.says("rm", container)
        try await daemon.says("volume", "rm", name)
    }
}
