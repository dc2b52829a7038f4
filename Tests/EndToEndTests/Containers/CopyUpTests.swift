import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// What an image has at a volume's place comes into the volume, as it is.
@Suite(
    .daemon(with: .busybox, .data, .volume, .sly), .inTime, .serialized,
    .requiresRoot(to: "run containers"))
struct CopyUpTests {
    let daemon: TestDaemon

    init() throws { daemon = try .shared }

    /// All that a copy can lose, one line for each file.
    private func description(of path: String) async throws -> String {
        try await Program.shell(
            #"""
            cd "$1"
            stat -c '%a %u %g' .
            find . -mindepth 1 -type d -printf '%P|%m|%U:%G|%T@\n' | LC_ALL=C sort
            find . ! -type d -printf '%P|%y|%m|%U:%G|%s|%n|%l|%T@\n' | LC_ALL=C sort
            getfattr -Rhd -m - . 2>/dev/null || true
            find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
            """#, path)
    }

    private func path(of volume: String) -> String { "\(daemon.home)/volume/\(volume)" }

    @Test func `everything comes with owner, mode, links, attributes and times`() async throws {
        let (name, bare) = (daemon.fresh(), daemon.root + "/" + daemon.fresh("bare"))
        // What is right is what the image's own script makes.
        let made = try await Program.shell(
            #"mkdir "$1"; cd "$1"; umask 022; eval "$2"; echo "$1/data""#, bare,
            TestImage.data.files ?? "")
        _ = try await daemon.run("-v", "\(name):/data", "data", "true").said

        #expect(try await description(of: path(of: name)) == description(of: made))
        try await daemon.says("volume", "rm", name)
    }

    @Test func `a container sees in the volume what the image has`() async throws {
        let name = daemon.fresh()
        let script =
            "cd /data; find . | sort; cat file folder/hard; stat -c '%u %g %a' . file; ./program"
        let plain = try await daemon.run("data", "sh", "-c", script)
        let mounted = try await daemon.run("-v", "\(name):/data", "data", "sh", "-c", script)
        #expect(plain.output == mounted.output)
        #expect(plain.output.contains("from the image"), "\(plain)")
        try await daemon.says("volume", "rm", name)
    }

    @Test func `hard links stay one file`() async throws {
        let name = daemon.fresh()
        _ = try await daemon.run("-v", "\(name):/data", "data", "true").said
        var (first, second) = (stat(), stat())
        #expect(stat(path(of: name) + "/file", &first) == 0)
        #expect(stat(path(of: name) + "/folder/hard", &second) == 0)
        #expect(first.st_ino == second.st_ino && first.st_nlink == 2)
        try await daemon.says("volume", "rm", name)
    }

    @Test func `holes take no more room than in the image`() async throws {
        let name = daemon.fresh()
        _ = try await daemon.run("-v", "\(name):/data", "data", "true").said
        var copy = stat()
        #expect(stat(path(of: name) + "/sparse", &copy) == 0)
        #expect(copy.st_size == (16 << 20) + 3)
        let seen = try await daemon.run("data", "stat", "-c", "%b", "/data/sparse")
        let blocks = try #require(Int(seen.output.split(separator: "\n").first ?? ""))
        #expect(copy.st_blocks <= blocks + 16)
        try await daemon.says("volume", "rm", name)
    }

    @Test func `an image's volumes are made and filled without being asked for`() async throws {
        let id = try await daemon.says(
            "create", "--network", "none", "volume", "cat", "/data/file")
        let mount = try await daemon.ask("GET", "/containers/\(id)/json").json["Mounts"][0]
        #expect(mount["Destination"] == "/data")
        let name = try #require(mount["Name"].string)
        // At create, not only at start.
        #expect(FileManager.default.fileExists(atPath: path(of: name) + "/file"))
        try await daemon.says("start", id)
        #expect(try await daemon.says("wait", id) == "0")
        #expect(try await daemon.says("logs", id) == "from the image")
        try await daemon.says("rm", "-v", id)
        #expect(try await daemon.volumes == [])
    }

    @Test func `one's own mount wins over the image's volume`() async throws {
        let name = daemon.fresh()
        let id = try await daemon.says("create", "-v", "\(name):/data", "volume")
        let mounts = try await daemon.ask("GET", "/containers/\(id)/json").json["Mounts"].array
        #expect(mounts?.count == 1)
        #expect(mounts?.first?["Name"] == .string(name))
        #expect(FileManager.default.fileExists(atPath: path(of: name) + "/file"))
        try await daemon.says("rm", "-v", id)
        #expect(try await daemon.volumes == [name])
        try await daemon.says("volume", "rm", name)
    }

    @Test func `nothing comes into a host's directory`() async throws {
        let directory = daemon.root + "/" + daemon.fresh("host")
        mkdir(directory, 0o755)
        _ = try await daemon.run("-v", "\(directory):/data", "data", "true").said
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == [])
        var found = stat()
        #expect(stat(directory, &found) == 0 && found.st_uid == 0)
    }

    @Test func `nothing comes with nocopy`() async throws {
        let name = daemon.fresh()
        _ = try await daemon.run("-v", "\(name):/data:nocopy", "data", "true").said
        #expect(try FileManager.default.contentsOfDirectory(atPath: path(of: name)) == [])
        // Later, without it, it does.
        _ = try await daemon.run("-v", "\(name):/data", "data", "true").said
        #expect(FileManager.default.fileExists(atPath: path(of: name) + "/file"))
        try await daemon.says("volume", "rm", name)
    }

    @Test func `nothing comes into a volume that has something`() async throws {
        let name = daemon.fresh()
        try await daemon.says("volume", "create", "-o", "mode=0700", name)
        try Data("mine".utf8).write(to: URL(filePath: path(of: name) + "/mine"))
        let finished = try await daemon.run("-v", "\(name):/data", "data", "ls", "-A", "/data")
        #expect(finished.output == "mine\n", "\(finished)")
        var found = stat()
        #expect(stat(path(of: name), &found) == 0 && found.st_mode & 0o7777 == 0o700)
        try await daemon.says("volume", "rm", name)
    }

    @Test func `a volume that was emptied since is filled again, one in use is left alone`()
        async throws
    {
        let name = daemon.fresh()
        let holder = try await daemon.runDetached(
            "-v", "\(name):/data", "busybox", "sleep", "60")
        #expect(try FileManager.default.contentsOfDirectory(atPath: path(of: name)) == [])
        let second = try await daemon.run("-v", "\(name):/data", "data", "cat", "/data/file")
        #expect(second.output == "from the image\n", "\(second)")
        try await daemon.says("rm", "-f", holder)
        try await daemon.says("volume", "rm", name)
    }

    @Test func `two containers made at once fill a volume once`() async throws {
        let name = daemon.fresh()
        let outputs = try await withThrowingTaskGroup(of: Finished.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    try await daemon.run("-v", "\(name):/data", "data", "cat", "/data/file")
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        for finished in outputs { #expect(finished.output == "from the image\n", "\(finished)") }
        try await daemon.says("volume", "rm", name)
    }

    @Test func `a file in the image is no content of a volume`() async throws {
        let name = daemon.fresh()
        // A volume over a file can't work; it must not become one either.
        let finished = try await daemon.run("-v", "\(name):/data/file", "data", "true")
        #expect(finished.status != 0, "\(finished)")
        _ = try await daemon.pouch("volume", "rm", "-f", name)
        #expect(try await daemon.volumes == [])
    }

    @Test(arguments: ["/away", "/up", "/away/apt", "/deep/../up"])
    func `links in an image don't lead to the host`(place: String) async throws {
        let name = daemon.fresh()
        _ = try await daemon.run("-v", "\(name):\(place)", "sly", "true")
        let files = Set(
            (try? FileManager.default.contentsOfDirectory(atPath: path(of: name))) ?? [])
        // The host has these, the image's own /etc has passwd and group alone.
        #expect(files.isSubset(of: ["passwd", "group"]), "\(files)")
        _ = try await daemon.pouch("volume", "rm", "-f", name)
    }

    @Test func `a place that the image lacks gives an empty volume`() async throws {
        let name = daemon.fresh()
        let finished = try await daemon.run(
            "-v", "\(name):/not/in/image", "data", "ls", "-A", "/not/in/image")
        #expect(finished.status == 0, "\(finished)")
        #expect(finished.output == "")
        try await daemon.says("volume", "rm", name)
    }

    @Test func `a user of the image can write to what is his`() async throws {
        let name = daemon.fresh()
        let finished = try await daemon.run(
            "-v", "\(name):/data", "-u", "1000:1001", "data", "sh", "-c",
            "echo mine > /data/new && cat /data/new")
        #expect(finished.output == "mine\n", "\(finished)")
        try await daemon.says("volume", "rm", name)
    }
}
