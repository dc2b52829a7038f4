import FoundationEssentials
import TestSupport
import Testing

/// What `pouch run` does, and how it ends.
@Suite(
    .daemon(with: .busybox, .configured), .inTime, .serialized,
    .requiresRoot(to: "run containers"))
struct RunTests {
    let daemon: TestDaemon

    init() throws { daemon = try .shared }

    private var containers: String {
        get async throws { try await daemon.says("ps", "-aq") }
    }

    // MARK: How it ends

    @Test(arguments: [0, 1, 7, 42, 125, 126, 127, 130, 255])
    func `run ends with the container's status`(status: Int32) async throws {
        let finished = try await daemon.run("busybox", "sh", "-c", "exit \(status)")
        #expect(finished.status == status, "\(finished)")
        #expect(finished.errors == "")
    }

    @Test func `a container that is killed ends with 137`() async throws {
        let finished = try await daemon.run("busybox", "sh", "-c", "kill -9 $$; sleep 5")
        // Its first process can't be killed from inside by itself: a child of it can.
        #expect([0, 137].contains(finished.status), "\(finished)")

        let id = try await daemon.runDetached("busybox", "sleep", "60")
        try await daemon.says("kill", id)
        #expect(try await daemon.says("wait", id) == "137")
        try await daemon.says("rm", id)
    }

    @Test func `127 says that there is no such program`() async throws {
        let finished = try await daemon.run("busybox", "/bin/nonesuch")
        #expect(finished.status == 127, "\(finished)")
        #expect(finished.errors.contains("nonesuch"), "\(finished)")
        #expect(try await daemon.run("busybox", "nonesuch-in-path").status == 127)
        #expect(try await containers == "")
    }

    @Test func `126 says that it can't be run`() async throws {
        for program in ["/etc/passwd", "/etc"] {
            let finished = try await daemon.run("busybox", program)
            #expect(finished.status == 126, "\(finished)")
            #expect(!finished.errors.isEmpty)
        }
        #expect(try await containers == "")
    }

    @Test func `125 says that the daemon could not`() async throws {
        for words in [
            ["--pull", "never", "nonesuch:never", "true"], ["-v", "relative:also", "busybox"],
            ["--network", "bridge-of-mine", "busybox", "true"],
            ["-u", "nobody-we-know", "busybox", "true"],
        ] {
            let finished = try await daemon.pouch(["run", "--rm"] + words)
            #expect(finished.status == 125, "\(finished)")
            #expect(!finished.errors.isEmpty)
            #expect(finished.output == "")
        }
        #expect(try await containers == "")
    }

    @Test func `125 also says that there is no daemon`() async throws {
        let finished = try await Program.run(
            [Built.pouch, "-H", "unix://\(daemon.root)/nonesuch.sock", "run", "busybox", "true"])
        #expect(finished.status == 125, "\(finished)")
        #expect(finished.errors.contains("nonesuch.sock"), "\(finished)")
    }

    // MARK: Attached

    @Test func `output and errors come apart, whole and in order`() async throws {
        let finished = try await daemon.run(
            "busybox", "sh", "-c", "seq 1 20000; seq 1 20000 >&2; printf end")
        let numbers = (1...20000).map { "\($0)\n" }.joined()
        #expect(finished.output == numbers + "end")
        #expect(finished.errors == numbers)
    }

    @Test func `output that is no text is not changed`() async throws {
        let finished = try await daemon.run(
            "busybox", "sh", "-c", #"printf '\000\001\377\376\r\n\000'"#)
        #expect(finished.bytes == [0, 1, 255, 254, 13, 10, 0], "\(finished.bytes)")
    }

    @Test func `a container that ends at once is not missed`() async throws {
        for _ in 0..<10 {
            let finished = try await daemon.run("busybox", "echo", "quick")
            #expect(finished.output == "quick\n", "\(finished)")
        }
    }

    @Test func `with a terminal both streams are one`() async throws {
        let finished = try await daemon.run(
            "-t", "busybox", "sh", "-c", "[ -t 1 ] && echo out; [ -t 2 ] && echo err >&2")
        #expect(finished.status == 0, "\(finished)")
        #expect(finished.output.replacing("\r\n", with: "\n") == "out\nerr\n", "\(finished)")
    }

    @Test func `a container without a terminal has none`() async throws {
        let finished = try await daemon.run(
            "busybox", "sh", "-c", "[ -t 1 ] || echo none; cat; echo end")
        #expect(finished.output == "none\nend\n", "\(finished)")
    }

    // MARK: Detached

    @Test func `detached prints the id alone, and the container goes on`() async throws {
        let finished = try await daemon.pouch(
            "run", "-d", "--network", "none", "busybox", "sleep", "60")
        #expect(finished.output.wholeMatch(of: #/[0-9a-f]{64}\n/#) != nil, "\(finished)")
        let id = try finished.said
        #expect(try await daemon.isRunning(id))
        try await daemon.says("rm", "-f", id)
    }

    @Test func `detached still says when it can't start`() async throws {
        let finished = try await daemon.pouch(
            "run", "-d", "--rm", "--network", "none", "busybox", "/nonesuch")
        #expect(finished.status == 127, "\(finished)")
        #expect(try await containers == "")
    }

    @Test func `--rm removes the container when it ended, detached too`() async throws {
        let name = daemon.fresh("short")
        let id = try await daemon.pouch(
            "run", "-d", "--rm", "--name", name, "--network", "none", "busybox", "true"
        ).said
        try await eventually("the container is gone") {
            try await daemon.ask("GET", "/containers/\(id)/json").status == 404
        }
        // Its name is free again.
        #expect(try await daemon.run("--name", name, "busybox", "true").status == 0)
        #expect(try await containers == "")
    }

    // MARK: What runs

    @Test func `entrypoint, command, environment, user and directory are the image's`()
        async throws
    {
        let plain = try await daemon.run("configured")
        #expect(plain.output == "entry default\n", "\(plain)")
        let words = try await daemon.run("configured", "other", "words")
        #expect(words.output == "entry other words\n", "\(words)")

        let shell = try await daemon.run(
            "--entrypoint", "/bin/sh", "configured", "-c", "echo $GREETING $(id -u) $(id -g) $(pwd)"
        )
        #expect(shell.output == "hello 1000 1000 /work\n", "\(shell)")
    }

    @Test func `an entrypoint of one's own drops the image's command`() async throws {
        let finished = try await daemon.run("--entrypoint", "/bin/echo", "configured")
        #expect(finished.output == "\n", "\(finished)")
    }

    @Test func `an image's command is what runs when nothing else is said`() async throws {
        let finished = try await daemon.run("busybox")
        // `sh` with nothing to read.
        #expect(finished.status == 0, "\(finished)")
        #expect(finished.output == "")
    }

    @Test func `one's own environment, user and directory win`() async throws {
        let file = daemon.root + "/variables"
        try Data("# comment\nFROM_FILE=a=b, c\n\nGREETING=file\n".utf8)
            .write(to: URL(filePath: file))
        let finished = try await daemon.pouch(
            [
                "run", "--rm", "--network", "none", "--env-file", file, "-e", "GREETING=mine", "-e",
                "PASSED", "-e", "EMPTY=", "-u", "0:7", "-w", "/tmp", "--entrypoint", "/bin/sh",
                "configured", "-c",
                #"echo "$GREETING|$FROM_FILE|$PASSED|${EMPTY-unset}|$PATH"; id -u; id -g; pwd"#,
            ], settings: ["PASSED": "along"])
        #expect(finished.output == "mine|a=b, c|along||/bin\n0\n7\n/tmp\n", "\(finished)")
    }

    @Test func `users are found by name in the image`() async throws {
        let finished = try await daemon.run(
            "-u", "user", "busybox", "sh", "-c", "id -un; id -u; id -g; echo $HOME")
        #expect(finished.output == "user\n1000\n1000\n/tmp\n", "\(finished)")
    }

    @Test func `a directory to begin in is made if it is missing`() async throws {
        let finished = try await daemon.run("-w", "/made/for/me", "busybox", "pwd")
        #expect(finished.output == "/made/for/me\n", "\(finished)")
    }

    @Test func `options after the image are the container's`() async throws {
        let finished = try await daemon.run(
            "busybox", "echo", "-v", "--rm", "-H", "x", "--help", "--", "-d")
        #expect(finished.output == "-v --rm -H x --help -- -d\n", "\(finished)")
    }

    @Test func `words reach the container as they are`() async throws {
        let words = ["a b", "", "*", "$HOME", "\"'", "ä\n", "-", "--x=y,z"]
        let finished = try await daemon.pouch(
            ["run", "--rm", "--network", "none", "busybox", "printf", "[%s]"] + words)
        #expect(finished.output == words.map { "[\($0)]" }.joined(), "\(finished)")
    }

    // MARK: Network and isolation

    @Test func `without a network there is only the loopback`() async throws {
        let finished = try await daemon.run("busybox", "ls", "/sys/class/net")
        #expect(finished.lines == ["lo"], "\(finished)")
    }

    @Test(arguments: [["--network", "host"], []])
    func `the host's network is the host's, and the one unless said`(options: [String])
        async throws
    {
        let finished = try await daemon.pouch(
            ["run", "--rm"] + options + ["busybox", "ls", "/sys/class/net"])
        let here = try FileManager.default.contentsOfDirectory(atPath: "/sys/class/net")
        #expect(Set(finished.lines) == Set(here), "\(finished)")
    }

    @Test func `a container sees its own processes and filesystem only`() async throws {
        let finished = try await daemon.run(
            "busybox", "sh", "-c", "echo $$; ls -d /proc/[0-9]* | wc -l; ls /work /usr 2>&1")
        #expect(finished.lines.first == "1", "\(finished)")
        #expect((Int(finished.lines.dropFirst().first?.trimmed ?? "") ?? 99) < 6, "\(finished)")
    }

    @Test func `what a container writes beside its volumes goes with it`() async throws {
        let name = daemon.fresh("writer")
        _ = try await daemon.pouch(
            "run", "--name", name, "--network", "none", "busybox", "sh", "-c",
            "touch /here; rm /bin/ls"
        ).said
        // Its own layer is there when it starts again, but no other's.
        let other = try await daemon.run("busybox", "ls", "/here")
        #expect(other.status == 1, "\(other)")
        try await daemon.says("rm", name)
    }
}

extension String {
    /// Without blanks around it.
    var trimmed: String { String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
}
