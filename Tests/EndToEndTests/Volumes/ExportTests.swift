import TestSupport
import Testing

/// What is in a volume, out to an archive and back in.
@Suite(
    .daemon(with: .busybox, .data), .inTime, .serialized, .requiresRoot(to: "run containers"))
struct ExportTests {
    let daemon: TestDaemon

    init() throws { daemon = try .shared }

    /// A volume with one of everything that an archive can lose.
    private func full() async throws -> String {
        let name = daemon.fresh()
        _ = try await daemon.run("-v", "\(name):/data", "data", "true").said
        try await Program.shell(
            #"cd "$1"; setfacl -m u:4321:r file; setfattr -n user.more -v x empty; mknod null c 1 3"#,
            daemon.home + "/volume/" + name)
        return name
    }

    private func list(_ name: String) async throws -> String {
        try await Program.shell(
            #"""
            cd "$1"
            find . -printf '%p %y %m %U:%G %s %T@ %n %l\n' | sort
            getfattr -R -h -d . 2> /dev/null; getfacl -R -n . 2> /dev/null
            find . -type f -exec sha256sum {} + | sort; stat -c %h folder/hard
            """#, daemon.home + "/volume/" + name)
    }

    @Test(arguments: ["none", "gzip", "zstd"])
    func `everything that a volume has comes back`(compression: String) async throws {
        let (name, copy) = (try await full(), daemon.fresh())
        let file = daemon.root + "/" + daemon.fresh("archive")
        try await daemon.says(
            "volume", "export", name, "-o", file, "--compression", compression)
        try await daemon.says("volume", "create", copy)
        try await daemon.says("volume", "import", copy, file)
        #expect(try await list(copy) == list(name))
        let blocks = try await Program.shell(
            #"stat -c %b "$1/sparse"; stat -c %s "$2""#, daemon.home + "/volume/" + copy, file)
        let numbers = blocks.split(separator: "\n").compactMap { Int($0) }
        #expect(numbers[0] < 64, "the hole is not a hole any more")
        #expect(numbers[1] < 4 << 20, "the hole takes room in the archive")
    }

    @Test func `an archive goes through a pipe from one to the other`() async throws {
        let (name, copy) = (try await full(), daemon.fresh())
        try await daemon.says("volume", "create", copy)
        try await Program.shell(
            #""$1" -H "unix://$2" volume export "$3" | "$1" -H "unix://$2" volume import "$4" -"#,
            Built.pouch, daemon.socket, name, copy)
        #expect(try await list(copy) == list(name))
    }

    @Test func `an archive of others is understood`() async throws {
        let name = daemon.fresh()
        let file = daemon.root + "/" + daemon.fresh("made") + ".tar"
        try await Program.shell(
            #"d=$(mktemp -d); echo x > "$d/a"; tar -C "$d" -cf "$1" a; rm -r "$d""#, file)
        try await daemon.says("volume", "create", "-o", "mode=1750", "-o", "uid=7", name)
        try await daemon.says("volume", "import", name, file)
        // An archive that says nothing of its root leaves the volume's as it was.
        #expect(
            try await Program.shell(
                #"stat -c '%a %u' "$1"; ls -A "$1""#, daemon.home + "/volume/" + name)
                == "1750 7\na")
    }

    @Test func `a volume with something in it is replaced only by force`() async throws {
        let (name, other) = (try await full(), daemon.fresh())
        let file = daemon.root + "/" + daemon.fresh("archive")
        try await daemon.says("volume", "export", name, "-o", file)
        _ = try await daemon.run("-v", "\(other):/v", "busybox", "touch", "/v/mine").said
        let before = try await Program.shell(#"ls -A "$1""#, daemon.home + "/volume/" + other)
        let refused = try await daemon.pouch("volume", "import", other, file)
        #expect(refused.status == 1 && refused.errors.contains("not empty"), "\(refused)")
        #expect(
            try await Program.shell(#"ls -A "$1""#, daemon.home + "/volume/" + other) == before)
        try await daemon.says("volume", "import", "--force", other, file)
        #expect(try await list(other) == list(name))
    }

    @Test func `nothing is replaced under a container that runs`() async throws {
        let name = try await full()
        let file = daemon.root + "/" + daemon.fresh("archive")
        try await daemon.says("volume", "export", name, "-o", file)
        let id = try await daemon.runDetached("-v", "\(name):/v", "busybox", "sleep", "100")
        let refused = try await daemon.pouch("volume", "import", "-f", name, file)
        #expect(refused.status == 1 && refused.errors.contains("busy"), "\(refused)")
        try await daemon.says("rm", "-f", id)
    }

    @Test(arguments: ["none", "gzip", "zstd"])
    func `an archive that is cut leaves the volume as it was`(compression: String) async throws {
        let (name, other) = (try await full(), daemon.fresh())
        let file = daemon.root + "/" + daemon.fresh("archive")
        try await daemon.says("volume", "export", name, "-o", file, "--compression", compression)
        _ = try await daemon.run("-v", "\(other):/v", "busybox", "touch", "/v/mine").said
        let size = try await Program.shell(#"stat -c %s "$1""#, file)
        for part in [3, 2] {
            try await Program.shell(
                #"head -c $(($2 / $3 / 512 * 512)) "$1" > "$1.cut""#, file, size, "\(part)")
            let cut = try await daemon.pouch("volume", "import", "-f", other, file + ".cut")
            #expect(cut.status == 1 && cut.errors.contains("not a whole tar"), "\(cut)")
            #expect(
                try await Program.shell(#"ls -A "$1""#, daemon.home + "/volume/" + other) == "mine")
        }
    }

    @Test func `a client that dies in the middle leaves the volume as it was`() async throws {
        let name = daemon.fresh()
        _ = try await daemon.run("-v", "\(name):/v", "busybox", "touch", "/v/mine").said
        try await sendHalf(of: name)
        try await eventually("the import is given up", within: .seconds(60)) {
            try await Program.shell(#"ls -A "$1""#, daemon.home + "/volume/" + name) == "mine"
        }
        try await eventually("nobody uses it", within: .seconds(60)) {
            try await daemon.pouch("volume", "rm", name).status == 0
        }
    }

    /// Begins to send an archive, and hangs up.
    private func sendHalf(of name: String) async throws {
        let head = """
            PUT /volumes/\(name)/archive?force=1 HTTP/1.1\r
            Host: d\r
            Transfer-Encoding: chunked\r
            \r
            200\r

            """
        let connection = try daemon.connection()
        try await connection.send(Array(head.utf8) + [UInt8](repeating: 0, count: 100))
    }

    @Test func `what can't be said of an archive is said`() async throws {
        let name = daemon.fresh()
        try await daemon.says("volume", "create", name)
        let nothing = try await daemon.pouch("volume", "import", name, "/etc/hostname")
        #expect(nothing.status == 1, "\(nothing)")
        #expect(
            try await daemon.pouch("volume", "export", "nonesuch", "-o", "/dev/null").status == 1)
        let word = try await daemon.pouch(
            "volume", "export", name, "-o", "/dev/null", "--compression", "odd")
        #expect(word.status == 1 && word.errors.contains("odd"), "\(word)")
        let memory = daemon.fresh()
        try await daemon.says("volume", "create", "-d", "tmpfs", memory)
        let forgetful = try await daemon.pouch("volume", "export", memory, "-o", "/dev/null")
        #expect(forgetful.status == 1 && forgetful.errors.contains("memory"), "\(forgetful)")
    }

    @Test func `an archive never writes outside of its volume`() async throws {
        let name = daemon.fresh()
        let file = daemon.root + "/" + daemon.fresh("sly") + ".tar"
        let aim = daemon.root + "/" + daemon.fresh("aim")
        try await Program.shell(
            #"""
            d=$(mktemp -d); cd "$d"; mkdir "$2"; ln -s "$2" link; tar -cf "$1" link
            rm link; mkdir link; echo x > link/evil; tar -rf "$1" link/evil; rm -r "$d"
            """#, file, aim)
        try await daemon.says("volume", "create", name)
        _ = try await daemon.pouch("volume", "import", name, file)
        #expect(try await Program.shell(#"ls "$1""#, aim) == "")
    }
}
