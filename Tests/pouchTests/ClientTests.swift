import FoundationEssentials
import Glibc
import PouchAPI
import Synchronization
import TestSupport
import Testing

@testable import PouchClient

struct ClientTests {
    private static let volume = #"""
        {"Name":"data","Driver":"local","Mountpoint":"/v","CreatedAt":"2025-01-31T08:00:00Z",
         "Labels":null,"Scope":"local","Options":null}
        """#

    private static func client(of daemon: StubDaemon) throws -> Client {
        Client(host: try Host(daemon.path))
    }

    @Test func `a volume is asked for and read`() async throws {
        try await withStubDaemon(answer: { _ in .json(Self.volume, status: "201 Created") }) {
            let request = VolumeCreateRequest(name: "data", options: ["size": "1=2,3"])
            let volume = try await Self.client(of: $0).createVolume(request)
            #expect(volume.name == "data")
            #expect($0.lines == ["POST /volumes/create"])
            let asked = try #require($0.requests.first)
            #expect(asked.head.contains("Content-Type: application/json"))
            let sent = try JSONDecoder().decode(VolumeCreateRequest.self, from: Data(asked.body))
            #expect(sent == request)
        }
    }

    @Test func `an answer that comes slowly, byte by byte, is read whole`() async throws {
        let body = Array(Self.volume.utf8)
        try await withStubDaemon(answer: { _ in
            let head = "HTTP/1.1 200 OK\r\nContent-Length: \(body.count)\r\n\r\n"
            return (Array(head.utf8) + body).flatMap { byte in
                [.bytes([byte]), .wait(.microseconds(200))]
            }
        }) {
            let answer = try await Self.client(of: $0).inspectVolume("data")
            #expect(answer == Data(body))
        }
    }

    @Test func `what the daemon refuses is said in its own words`() async throws {
        let words = "remove data: volume is in use - [1234]"
        try await withStubDaemon(answer: { _ in .error("409 Conflict", words) }) { daemon in
            let error = await #expect(throws: ClientError.self) {
                try await Self.client(of: daemon).removeVolume("data", force: true)
            }
            #expect(error == .refused(status: 409, message: words))
            #expect(said(by: error) == words)
            #expect(daemon.lines == ["DELETE /volumes/data?force=1"])
        }
    }

    @Test func `an error without the daemon's words is said by its status`() async throws {
        try await withStubDaemon(answer: { _ in
            [.send("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 5\r\n\r\noops\n")]
        }) { daemon in
            let error = await #expect(throws: ClientError.self) {
                _ = try await Self.client(of: daemon).volumes()
            }
            #expect(said(by: error) == "pouchd answered 502 Bad Gateway")
        }
    }

    @Test(arguments: [
        "", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"a\"",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
    ])
    func `an answer that is cut short is no answer`(_ beginning: String) async throws {
        try await withStubDaemon(answer: { _ in [.send(beginning)] }) { daemon in
            let error = await #expect(throws: ClientError.self) {
                _ = try await Self.client(of: daemon).inspectVolume("data")
            }
            #expect(said(by: error).contains("broke off its answer"), "\(said(by: error))")
        }
    }

    @Test(arguments: [
        "SSH-2.0-OpenSSH_9.2\r\n", "{}\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
    ])
    func `what does not speak HTTP is told from a daemon`(_ words: String) async throws {
        try await withStubDaemon(answer: { _ in [.send(words)] }) { daemon in
            let error = await #expect(throws: ClientError.self) {
                _ = try await Self.client(of: daemon).inspectVolume("data")
            }
            #expect(said(by: error).contains("does not speak as pouchd"), "\(said(by: error))")
        }
    }

    @Test func `an answer of another shape is told from a broken one`() async throws {
        try await withStubDaemon(answer: { _ in .json("[1]") }) { daemon in
            let error = await #expect(throws: ClientError.self) {
                _ = try await Self.client(of: daemon).volumes()
            }
            #expect(said(by: error).contains("of the same version?"))
        }
    }

    @Test func `a missing socket, a dead one and a forbidden one are told apart`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/d.sock"
            let host = try Host(path)
            let expectError = { (code: CInt, words: String) in
                let error = await #expect(throws: ClientError.self) {
                    _ = try await Client(host: host).volumes()
                }
                #expect(error == .unreachable(host, errno: code))
                let text = said(by: error)
                #expect(text.hasPrefix("cannot reach pouchd at unix://\(path): "))
                #expect(text.contains(words), "\(text)")
            }
            await expectError(ENOENT, "is it running? There is no such socket")
            try StubDaemon(at: path) { _ in [] }.stop()
            try await eventually("the daemon is dead") { !StubDaemon.isAlive(at: path) }
            await expectError(ECONNREFUSED, "is it running? Nobody listens")
            unlink(path)
            #expect(creat(path, 0o600) >= 0)
            await expectError(ECONNREFUSED, "is it running?")
            let forbidden = ClientError.unreachable(host, errno: EACCES)
            #expect("\(forbidden)".contains("permission denied: become root or"))
        }
    }

    @Test func `an upload is sent whole and in pieces`() async throws {
        try await withTemporaryDirectory { directory in
            let content = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let path = directory + "/image.tar"
            try Data(content).write(to: URL(filePath: path))
            let descriptor = open(path, O_RDONLY)
            defer { close(descriptor) }
            try await withStubDaemon(answer: { _ in
                .stream([Array(#"{"stream":"Loaded image: busybox:latest\n"}"#.utf8)])
            }) { daemon in
                let said = Mutex("")
                try await Self.client(of: daemon).loadImages(
                    from: Source(descriptor, name: path)
                ) { line in said.withLock { $0 += line.stream ?? "" } }
                #expect(said.withLock { $0 } == "Loaded image: busybox:latest\n")
                let asked = try #require(daemon.requests.first)
                #expect(asked.line == "POST /images/load")
                #expect(try #require(Self.unchunked(asked.body)) == content)
            }
        }
    }

    /// What is in the chunks of a body.
    private static func unchunked(_ body: [UInt8]) -> [UInt8]? {
        var content: [UInt8] = []
        var rest = body[...]
        while let end = rest.firstRange(of: Array("\r\n".utf8)) {
            let digits = String(decoding: rest[..<end.lowerBound], as: UTF8.self)
            guard let size = Int(digits, radix: 16) else { return nil }
            if size == 0 { return content }
            content += rest[end.upperBound...].prefix(size)
            rest = rest[end.upperBound...].dropFirst(size + 2)
        }
        return nil
    }

    @Test func `a refusal ends an upload from a pipe on which nothing comes`() async throws {
        var pipe: [CInt] = [0, 0]
        #expect(Glibc.pipe(&pipe) == 0)
        defer { for end in pipe { close(end) } }
        let source = Source(pipe[0], name: "stdin")
        try await withTemporaryDirectory { directory in
            let path = directory + "/d.sock"
            let daemon = try EarlyDaemon(at: path, answer: "containerd is not installed")
            defer { daemon.stop() }
            let error = await #expect(throws: ClientError.self) {
                try await Client(host: Host(path)).loadImages(from: source) { _ in }
            }
            #expect(
                error == .refused(status: 503, message: "containerd is not installed"))
        }
    }

    @Test func `a source that can't be read is the reason that is given`() async throws {
        try await withTemporaryDirectory { directory in
            let descriptor = open(directory, O_RDONLY)
            defer { close(descriptor) }
            try await withStubDaemon(answer: { _ in [] }) { daemon in
                let error = await #expect(throws: ClientError.self) {
                    try await Self.client(of: daemon).loadImages(
                        from: Source(descriptor, name: "x.tar")
                    ) { _ in }
                }
                #expect(said(by: error) == "cannot read x.tar: Is a directory")
            }
        }
    }

    @Test func `a pull that fails half way is an error`() async throws {
        let lines = [
            #"{"status":"Pulling from library/busybox","id":"latest"}"#,
            #"{"status":"Downloading","id":"abc","progressDetail":{"current":1,"total":2}}"#,
            #"{"error":"no space left on device","errorDetail":{"message":"no space left"}}"#,
        ]
        try await withStubDaemon(answer: { _ in .stream(lines.map { Array("\($0)\r\n".utf8) }) }) {
            daemon in
            let seen = Mutex<[String]>([])
            let error = await #expect(throws: ClientError.self) {
                try await Self.client(of: daemon).pullImage("busybox:1.36") { line in
                    seen.withLock { $0.append(line.status ?? "") }
                }
            }
            #expect(error == .failed("no space left on device"))
            #expect(seen.withLock { $0 } == ["Pulling from library/busybox", "Downloading"])
            #expect(daemon.lines == ["POST /images/create?fromImage=busybox%3A1.36"])
        }
    }

    @Test func `output is handed on while the container goes on writing`() async throws {
        let gate = Gate()
        try await withStubDaemon(answer: { _ in
            let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            let first: [UInt8] = [1, 0, 0, 0, 0, 0, 0, 9] + Array("fir".utf8)
            return [
                .send(head), .chunk(first), .until(gate),
                .chunk(Array("st\n".utf8) + [65, 66, 67]),
                .chunk([2, 0, 0, 0, 0, 0, 0, 1, 33]), .send("0\r\n\r\n"),
            ]
        }) { daemon in
            let seen = Mutex<[String]>([])
            try await Self.client(of: daemon).logs(of: "web") { stream, bytes in
                seen.withLock { $0.append("\(stream) \(String(decoding: bytes, as: UTF8.self))") }
                gate.open()
            }
            #expect(seen.withLock { $0 } == ["stdout fir", "stdout st\nABC", "stderr !"])
            #expect(daemon.lines == ["GET /containers/web/logs?stdout=1&stderr=1"])
        }
    }

    @Test func `a terminal's output comes as it is`() async throws {
        try await withStubDaemon(answer: { _ in
            .stream([Array("\u{1}raw\r\n".utf8)], type: "application/vnd.docker.raw-stream")
        }) { daemon in
            let seen = Mutex<[UInt8]>([])
            try await Self.client(of: daemon).logs(of: "web") { _, bytes in
                seen.withLock { $0 += bytes }
            }
            #expect(seen.withLock { $0 } == Array("\u{1}raw\r\n".utf8))
        }
    }

    @Test func `output that ends in the middle of a frame is an error`() async throws {
        try await withStubDaemon(answer: { _ in .stream([[1, 0, 0, 0, 0, 0, 0, 9, 65]]) }) {
            daemon in
            await #expect(throws: ClientError.self) {
                try await Self.client(of: daemon).logs(of: "web") { _, _ in }
            }
        }
    }

    @Test func `who waits knows it before the container ends`() async throws {
        let gate = Gate()
        try await withStubDaemon(answer: { _ in
            let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            let body = Array(#"{"StatusCode":7}"#.utf8)
            return [.send(head), .until(gate), .chunk(body), .send("0\r\n\r\n")]
        }) { daemon in
            let end = try await Self.client(of: daemon).waitForContainer(
                "web", until: .nextExit, listening: { gate.open() })
            #expect(end.statusCode == 7)
            #expect(daemon.lines == ["POST /containers/web/wait?condition=next-exit"])
        }
    }

    @Test func `starting what runs already is no error`() async throws {
        try await withStubDaemon(answer: { _ in [.send("HTTP/1.1 304 Not Modified\r\n\r\n")] }) {
            try await Self.client(of: $0).startContainer("web")
        }
    }
}
