import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// How pouchd begins, and what makes it refuse to.
@Suite(.ownDaemons, .inTime, .serialized, .requiresRoot(to: "run pouchd"))
struct StartingTests {
    private func file(_ text: String, in daemon: TestDaemon) throws -> String {
        let path = daemon.root + "/config.json"
        try Data(text.utf8).write(to: URL(filePath: path))
        return path
    }

    /// Starts pouchd with nothing but these words; it must refuse to.
    private func refusal(_ words: [String], in daemon: TestDaemon) async throws -> String {
        let finished = try await Program.run([Built.pouchd] + words, within: .seconds(20))
        #expect(finished.status != 0, "\(finished)")
        #expect(!finished.errors.isEmpty, "\(finished)")
        #expect(finished.errors.split(separator: "\n").count < 8, "\(finished)")
        return finished.errors + finished.output
    }

    // MARK: Socket

    @Test func `the socket is for root and the group pouch alone`() async throws {
        try await TestDaemon.running { daemon in
            var found = stat()
            #expect(stat(daemon.socket, &found) == 0)
            #expect(found.st_mode & 0o7777 == 0o660)
            #expect(found.st_uid == 0)
            #expect(found.st_gid == getgrnam("pouch")?.pointee.gr_gid ?? 0)
        }
    }

    @Test func `a socket that a killed daemon left is no hindrance`() async throws {
        try await TestDaemon.running { daemon in
            try await daemon.kill()
            #expect(FileManager.default.fileExists(atPath: daemon.socket))
            try await daemon.start()
        }
    }

    @Test func `pouchd listens wherever it is told to`() async throws {
        try await TestDaemon.prepared { daemon in
            let other = daemon.root + "/other.sock"
            let process = try Daemon(
                daemon.arguments + ["--listen", "unix://\(other)"], log: daemon.logPath)
            try await eventually("both sockets answer") {
                (try? await daemon.ask("GET", "/_ping").status) == 200
            }
            let connection = try Connection(to: other)
            try await connection.send("GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try await connection.answer().status == 200)
            process.signal(SIGTERM)
            #expect(try await process.end() == 0)
            #expect(!FileManager.default.fileExists(atPath: other))
        }
    }

    // MARK: A second daemon

    @Test func `a second pouchd on the same home is refused, and told who holds it`()
        async throws
    {
        try await TestDaemon.running { daemon in
            let said = try await refusal(
                [
                    "--home-dir", daemon.home, "--state-dir", daemon.root + "/state2", "--listen",
                    "unix://\(daemon.root)/d2.sock",
                ], in: daemon)
            #expect(said.contains("\(daemon.process?.id ?? 0)"), "\(said)")
            #expect(said.contains(daemon.home), "\(said)")
            // The same home by another name.
            symlink(daemon.home, daemon.root + "/alias")
            _ = try await refusal(
                [
                    "--home-dir", daemon.root + "/alias", "--state-dir", daemon.root + "/state2",
                    "--listen", "unix://\(daemon.root)/d2.sock",
                ], in: daemon)
            #expect(try await daemon.ask("GET", "/_ping").status == 200)
        }
    }

    @Test func `a second pouchd doesn't take the first one's socket away`() async throws {
        try await TestDaemon.running { daemon in
            try await daemon.says("volume", "create", "mine")
            _ = try await refusal(
                [
                    "--home-dir", daemon.root + "/home2", "--state-dir", daemon.root + "/state2",
                    "--listen", "unix://\(daemon.socket)",
                ], in: daemon)
            #expect(try await daemon.volumes == ["mine"])
        }
    }

    @Test func `two daemons on roots of their own never meet`() async throws {
        try await TestDaemon.running { first in
            try await TestDaemon.running { second in
                try await first.says("volume", "create", "data")
                #expect(try await second.volumes == [])
                try await second.says("volume", "create", "data")
                try await first.says("volume", "rm", "data")
                #expect(try await second.volumes == ["data"])
            }
        }
    }

    // MARK: The end

    @Test func `SIGTERM ends it cleanly`() async throws {
        try await TestDaemon.running { daemon in
            try await daemon.says("volume", "create", "kept")
            #expect(try await daemon.stop() == 0)
            #expect(!FileManager.default.fileExists(atPath: daemon.socket))
            try await daemon.start()
            #expect(try await daemon.volumes == ["kept"])
        }
    }

    @Test func `SIGINT does too`() async throws {
        try await TestDaemon.running { daemon in
            let status = try await daemon.stop(with: SIGINT)
            #expect(status == 0)
            #expect(!FileManager.default.fileExists(atPath: daemon.socket))
        }
    }

    @Test func `requests that run when it is told to end are finished`() async throws {
        try await TestDaemon.running { daemon in
            let connections = try (0..<8).map { _ in try daemon.connection() }
            for (number, connection) in connections.enumerated() {
                try await connection.send(
                    Request("POST", "/volumes/create", ["Name": .string("last-\(number)")]).bytes)
            }
            daemon.process?.signal(SIGTERM)
            var acknowledged: Set<String> = []
            for connection in connections {
                guard let answer = try? await connection.answer(), answer.status == 201,
                    let name = answer.json["Name"].string
                else { continue }
                acknowledged.insert(name)
            }
            #expect(try await daemon.ended() == 0)
            try await daemon.start()
            let volumes = try await daemon.volumes
            #expect(volumes.isSuperset(of: acknowledged))
            #expect(volumes == daemon.directories)
        }
    }

    @Test func `a client that only listens doesn't keep it from ending`() async throws {
        try await TestDaemon.running { daemon in
            let idle = try daemon.connection()
            try await idle.send("GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = try await idle.answer()
            let half = try daemon.connection()
            try await half.send("POST /volumes/create HTTP/1.1\r\nHost: x\r\nContent-Len")
            daemon.process?.signal(SIGTERM)
            #expect(try await daemon.ended(within: .seconds(20)) == 0)
        }
    }

    // MARK: Configuration

    @Test func `what flags say, a file can say`() async throws {
        try await TestDaemon.prepared { daemon in
            let path = try file(
                """
                {"home-dir": "\(daemon.home)", "state-dir": "\(daemon.state)",
                 "listen": ["unix://\(daemon.socket)"], "log-level": "debug",
                 "tmpfs-dir": "\(daemon.root)/memory"}
                """, in: daemon)
            let process = try Daemon(
                [Built.pouchd, "--config-file", path], log: daemon.logPath)
            try await eventually("pouchd answers") {
                guard process.status == nil else { throw TestFailure(daemon.log) }
                return (try? await daemon.ask("GET", "/_ping").status) == 200
            }
            try await daemon.says("volume", "create", "-d", "tmpfs", "memory")
            let place = try await daemon.says(
                "volume", "inspect", "-f", "{{.Mountpoint}}", "memory")
            #expect(place == "\(daemon.root)/memory/memory")
            process.signal(SIGTERM)
            #expect(try await process.end() == 0)
        }
    }

    @Test(arguments: [
        (#"{"home-dir": "/nonesuch"}"#, ["home-dir"]),
        (#"{"colour": "blue"}"#, ["colour"]),
        (#"{"home_dir": "/x"}"#, ["home_dir"]),
        (#"{"listen": "unix:///x"}"#, ["listen"]),
        (#"{"state-dir": 5}"#, ["state-dir"]),
        (#"{"log-level": "loudest"}"#, ["log"]),
        (#"{"log-level": "info""#, ["config.json"]),
        ("[]", ["config.json"]), ("nonsense", ["config.json"]), ("", ["config.json"]),
    ])
    func `a file that says what can't be, or what flags say too, is refused by name`(
        text: String, words: [String]
    ) async throws {
        try await TestDaemon.prepared { daemon in
            let path = try file(text, in: daemon)
            let said = try await refusal(
                Array(daemon.arguments.dropFirst()) + ["--config-file", path], in: daemon)
            for word in words { #expect(said.contains(word), "\(said)") }
            #expect(!FileManager.default.fileExists(atPath: daemon.home + "/volume"))
        }
    }

    @Test(arguments: [
        ["--nonesuch"], ["--listen", "nonsense"], ["--listen", "tcp://127.0.0.1:2375"],
        ["--log-level", "loudest"], ["--home-dir", "relative"], ["--state-dir", ""],
        ["--listen", "unix://" + "/tmp/" + String(repeating: "long", count: 40)],
    ])
    func `flags that can't be are refused`(words: [String]) async throws {
        try await TestDaemon.prepared { daemon in
            var arguments = Array(daemon.arguments.dropFirst())
            if let place = arguments.firstIndex(of: words[0]) {
                arguments.removeSubrange(place...(place + 1))
            }
            let said = try await refusal(arguments + words, in: daemon)
            #expect(!said.contains("Fatal error"), "\(said)")
        }
    }

    @Test func `a home on which trash and volumes lie on different filesystems is refused`()
        async throws
    {
        try await TestDaemon.prepared { daemon in
            let volumes = daemon.home + "/volume"
            try FileManager.default.createDirectory(
                atPath: volumes, withIntermediateDirectories: true)
            try #require(mount("tmpfs", volumes, "tmpfs", 0, nil) == 0)
            let (status, said) = try await daemon.startInVain()
            #expect(status != 0)
            #expect(said.contains("trash"), "\(said)")
        }
    }

    // MARK: Without containerd

    @Test func `without containerd volumes work, and containers say what to install`()
        async throws
    {
        try await TestDaemon.prepared { daemon in
            // Its own view of the host has no containerd.
            let hiding =
                #"for f in /usr/bin/containerd* /usr/bin/ctr; do mount --bind /dev/null $f; done; exec "$@""#
            try await daemon.start(under: ["/usr/bin/unshare", "-m", "/bin/sh", "-c", hiding, "sh"])
            try await daemon.says("volume", "create", "data")
            try await daemon.says("volume", "rm", "data")

            for (method, target) in [
                ("POST", "/containers/create"), ("GET", "/images/json"),
            ] {
                let answer = try await daemon.ask(method, target, ["Image": "busybox"])
                #expect(answer.status == 503, "\(target): \(answer)")
                #expect(answer.message.contains("containerd"), "\(answer)")
                #expect(answer.message.contains("install"), "\(answer)")
            }
            let finished = try await daemon.run("busybox", "true")
            #expect(finished.status == 125, "\(finished)")
            #expect(finished.errors.contains("containerd"), "\(finished)")
        }
    }

    @Test func `help and version need no daemon and no root`() async throws {
        for words in [["--help"], ["--version"]] {
            let finished = try await Program.run([Built.pouchd] + words)
            #expect(finished.status == 0, "\(finished)")
            #expect(!finished.output.isEmpty)
        }
        let help = try await Program.run([Built.pouchd, "--help"]).output
        for flag in [
            "--home-dir", "--state-dir", "--listen", "--containerd", "--config-file", "--log-level",
            "--tmpfs-dir",
        ] { #expect(help.contains(flag), "\(flag)") }
    }
}
