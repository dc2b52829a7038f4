import FoundationEssentials
import Glibc
import Linux
import TestSupport
import Testing

/// What may stand after `-v`.
@Suite(.daemon(with: .busybox), .inTime, .serialized, .requiresRoot(to: "run containers"))
struct BindTests {
    let daemon: TestDaemon

    init() throws { daemon = try .shared }

    private func directory(_ name: String = "host") throws -> String {
        let path = "\(daemon.root)/\(daemon.fresh(name))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try Data("host".utf8).write(to: URL(filePath: path + "/file"))
        return path
    }

    private func run(_ bind: String, _ script: String) async throws -> Finished {
        try await daemon.run("-v", bind, "busybox", "sh", "-c", script)
    }

    // MARK: Sources

    @Test func `a name is a volume, made when it is missing`() async throws {
        let name = daemon.fresh()
        #expect(try await run("\(name):/data", "echo x > /data/x").status == 0)
        #expect(try await daemon.ask("GET", "/volumes/\(name)").status == 200)
        try await daemon.says("volume", "rm", name)
    }

    @Test func `no name is a volume of the container's own`() async throws {
        let id = try await daemon.runDetached("-v", "/data", "busybox", "sleep", "60")
        let mount = try await daemon.ask("GET", "/containers/\(id)/json").json["Mounts"][0]
        #expect(mount["Type"] == "volume")
        #expect(mount["Destination"] == "/data")
        let name = try #require(mount["Name"].string)
        #expect(name.wholeMatch(of: #/[0-9a-f]{64}/#) != nil)
        #expect(try await daemon.volumes.contains(name))
        try await daemon.says("rm", "-f", "-v", id)
        #expect(try await !daemon.volumes.contains(name))
    }

    @Test func `a path is the host's directory, read and written`() async throws {
        let path = try directory()
        let finished = try await run("\(path):/data", "cat /data/file; echo new > /data/new")
        #expect(finished.output == "host", "\(finished)")
        #expect(try OpenFile.text(at: path + "/new") == "new\n")
        #expect(try await daemon.volumes == [])
    }

    @Test func `a path may be a file`() async throws {
        let path = try directory()
        let finished = try await run(
            "\(path)/file:/etc/one/two/file",
            "cat /etc/one/two/file; echo more >> /etc/one/two/file"
        )
        #expect(finished.output == "host", "\(finished)")
        #expect(try OpenFile.text(at: path + "/file") == "hostmore\n")
    }

    @Test func `a path that is missing becomes a directory`() async throws {
        let path = try directory() + "/deep/er"
        #expect(try await run("\(path):/data", "touch /data/x").status == 0)
        #expect(FileManager.default.fileExists(atPath: path + "/x"))
    }

    @Test func `a path with odd characters is that path`() async throws {
        let path = try directory() + "/ odd,name=ä*"
        let finished = try await run("\(path):/d a=t,a", "touch '/d a=t,a/x'")
        #expect(finished.status == 0, "\(finished)")
        #expect(FileManager.default.fileExists(atPath: path + "/x"))
    }

    @Test func `inspect says what each mount is`() async throws {
        let (path, name) = (try directory(), daemon.fresh())
        let id = try await daemon.says(
            "create", "-v", "\(path):/b:ro,rslave", "-v", "\(name):/a:nocopy", "-v", "/c",
            "busybox")
        let mounts = try #require(
            try await daemon.ask("GET", "/containers/\(id)/json").json["Mounts"].array)
        func mount(_ destination: String) -> JSON {
            mounts.first { $0["Destination"] == .string(destination) } ?? .null
        }
        #expect(mounts.count == 3)
        #expect(mount("/a")["Name"] == .string(name))
        #expect(mount("/a")["Driver"] == "local")
        #expect(mount("/a")["Source"] == .string("\(daemon.home)/volume/\(name)"))
        #expect(mount("/a")["RW"] == true)
        #expect(mount("/b")["Source"] == .string(path))
        #expect(mount("/b")["RW"] == false)
        #expect(mount("/b")["Propagation"] == "rslave")
        #expect(mount("/c")["Type"] == "volume")
        try await daemon.says("rm", "-v", id)
        try await daemon.says("volume", "rm", name)
    }

    // MARK: Modes

    @Test(arguments: ["ro", "ro,nocopy", "nocopy,ro"])
    func `read-only refuses a write, to volumes and directories`(mode: String) async throws {
        let (path, name) = (try directory(), daemon.fresh())
        for source in [path, name] where !(source == path && mode.contains("nocopy")) {
            let finished = try await run(
                "\(source):/data:\(mode)", "touch /data/x || echo refused; ls /data")
            #expect(finished.output.hasPrefix("refused"), "\(finished)")
            #expect(finished.errors.contains("Read-only file system"), "\(finished)")
        }
        #expect(!FileManager.default.fileExists(atPath: path + "/x"))
        try await daemon.says("volume", "rm", name)
    }

    @Test func `read-only for one is not read-only for another`() async throws {
        let name = daemon.fresh()
        let reader = try await daemon.runDetached(
            "-v", "\(name):/data:ro", "busybox", "sh", "-c",
            "while [ ! -e /data/x ]; do sleep 0.05; done; touch /data/y")
        #expect(try await run("\(name):/data:rw", "touch /data/x").status == 0)
        #expect(try await daemon.says("wait", reader) == "1")
        try await daemon.says("rm", reader)
        try await daemon.says("volume", "rm", name)
    }

    @Test func `what is mounted below a read-only directory can't be written either`()
        async throws
    {
        let path = try directory()
        mkdir(path + "/below", 0o755)
        #expect(mount("tmpfs", path + "/below", "tmpfs", 0, nil) == 0)
        defer { umount2(path + "/below", Int32(MNT_DETACH)) }
        let finished = try await run(
            "\(path):/data:ro", "touch /data/x; touch /data/below/x && echo written")
        // Docker since 25: read-only means all of it.
        #expect(!finished.output.contains("written"), "\(finished)")
    }

    @Test(arguments: ["rw", "", "z", "Z", "rw,z", "nocopy", "rprivate", "ro,rprivate"])
    func `modes that docker knows are taken`(mode: String) async throws {
        let name = daemon.fresh()
        let finished = try await run("\(name):/data:\(mode)", "ls /data")
        // An empty mode is the original's, and no error there.
        #expect(finished.status == 0, "\(finished)")
        try await daemon.says("volume", "rm", "-f", name)
    }

    static let nonsense = [
        "a:b:c:d", "relative", "./relative-destination", "data:relative", "data:/data:sometimes",
        "data:/data:ro,rw", "data:/data:ro,ro", "data:/data:rshared,rslave", "data:/", "/tmp:/",
        "data:/data/..", "a/b:/data", "a:/data", ":", "::", "", "data:",
        "data::ro", "/:", ".hidden:/data", "data:/data:nocopy,nocopy", "data:/da\u{1}ta:,",
    ]

    @Test(arguments: nonsense)
    func `what means nothing is refused, and nothing is made`(bind: String) async throws {
        let finished = try await daemon.run("-v", bind, "busybox", "true")
        #expect([125, 64].contains(finished.status), "\(finished)")
        #expect(!finished.errors.isEmpty)
        #expect(try await daemon.volumes == [])
        #expect(try await daemon.says("ps", "-aq") == "")
    }

    @Test(arguments: nonsense + ["..:/data", ".:/data", "../volume:/data"])
    func `nor does it mean anything over the socket`(bind: String) async throws {
        let answer = try await daemon.ask(
            "POST", "/containers/create",
            ["Image": "busybox", "HostConfig": ["Binds": [.string(bind)]]])
        #expect(answer.status == 400, "\(answer)")
        #expect(!answer.message.isEmpty)
        #expect(try await daemon.volumes == [])
        #expect(try await daemon.says("ps", "-aq") == "")
    }

    @Test(arguments: [
        ["a1:/data", "b1:/data"], ["a1:/data", "b1:/data/"], ["/tmp:/data", "b1:/x/../data"],
    ])
    func `two sources for one place are refused`(binds: [String]) async throws {
        let finished = try await daemon.run("-v", binds[0], "-v", binds[1], "busybox", "true")
        #expect(finished.status == 125, "\(finished)")
        #expect(finished.errors.contains("/data"), "\(finished)")
        #expect(try await daemon.volumes == [])
    }

    @Test func `places within places are mounted from the outside in`() async throws {
        let (outer, inner) = (daemon.fresh(), daemon.fresh())
        let finished = try await daemon.run(
            "-v", "\(inner):/a/b/c", "-v", "\(outer):/a", "busybox", "sh", "-c",
            "echo in > /a/b/c/file; echo out > /a/file")
        #expect(finished.status == 0, "\(finished)")
        let seen = try await run("\(inner):/x", "cat /x/file")
        #expect(seen.output == "in\n", "\(seen)")
        #expect(try await run("\(outer):/x", "cat /x/file").output == "out\n")
        try await daemon.says("volume", "rm", outer, inner)
    }

    @Test func `one's own mount wins over the standard one`() async throws {
        let path = try directory()
        let finished = try await run("\(path):/dev/shm", "cat /dev/shm/file")
        #expect(finished.output == "host", "\(finished)")
    }

    // MARK: Propagation

    @Test(arguments: [
        ("rslave", true), ("slave", true), ("rshared", true), ("shared", true),
        ("rprivate", false), ("private", false), ("rw", false),
    ])
    func `later mounts of the host are seen as the mode says`(mode: String, isSeen: Bool)
        async throws
    {
        let path = try directory()
        try #require(mount("tmpfs", path, "tmpfs", 0, nil) == 0)
        defer { umount2(path, Int32(MNT_DETACH)) }
        try #require(mount("none", path, nil, UInt(MS_SHARED), nil) == 0)
        mkdir(path + "/later", 0o755)
        let id = try await daemon.runDetached(
            "-v", "\(path):/data:\(mode)", "busybox", "sh", "-c",
            "while [ ! -e /data/go ]; do sleep 0.05; done; ls /data/later; grep ' /data ' /proc/self/mountinfo"
        )
        try #require(mount("tmpfs", path + "/later", "tmpfs", 0, nil) == 0)
        defer { umount2(path + "/later", Int32(MNT_DETACH)) }
        try Data().write(to: URL(filePath: path + "/later/seen"))
        try Data().write(to: URL(filePath: path + "/go"))

        #expect(try await daemon.says("wait", id) == "0")
        let log = try await daemon.says("logs", id)
        #expect(log.contains("seen\n") == isSeen, "\(log)")
        #expect(log.contains(" shared:") == mode.contains("shared"), "\(log)")
        #expect(log.contains(" master:") == mode.contains("slave"), "\(log)")
        try await daemon.says("rm", id)
    }

    // MARK: Anonymous

    @Test func `rm -v takes the volumes without a name, and rm leaves them`() async throws {
        let named = daemon.fresh()
        let words = ["create", "-v", "/one", "-v", "\(named):/two", "busybox"]
        let first = try await daemon.pouch(words).said
        try await daemon.says("rm", first)
        let left = try await daemon.volumes.subtracting([named])
        #expect(left.count == 1)

        let second = try await daemon.pouch(words).said
        try await daemon.says("rm", "-v", second)
        #expect(try await daemon.volumes == left.union([named]))
        for name in left { try await daemon.says("volume", "rm", name) }
        try await daemon.says("volume", "rm", named)
    }

    @Test func `run --rm takes the volumes without a name`() async throws {
        let finished = try await daemon.run("-v", "/data", "busybox", "touch", "/data/x")
        #expect(finished.status == 0, "\(finished)")
        #expect(try await daemon.volumes == [])
        #expect(daemon.directories == [])
    }

    @Test func `rm -v leaves a volume without a name that another container has`() async throws {
        let first = try await daemon.says("create", "-v", "/data", "busybox")
        let name = try #require(
            try await daemon.ask("GET", "/containers/\(first)/json").json["Mounts"][0]["Name"]
                .string)
        let second = try await daemon.says("create", "-v", "\(name):/data", "busybox")
        try await daemon.says("rm", "-v", first)
        #expect(try await daemon.volumes == [name])
        try await daemon.says("rm", "-v", second)
        try await daemon.says("volume", "rm", "-f", name)
    }
}
