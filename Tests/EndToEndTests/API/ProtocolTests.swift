import TestSupport
import Testing

/// What the socket makes of requests that are unusual, hostile or cut short.
@Suite(.daemon, .inTime, .serialized, .requiresRoot(to: "run pouchd"))
struct ProtocolTests {
    let daemon: TestDaemon

    init() throws { daemon = try .shared }

    private func raw(_ text: String) async throws -> Answer {
        let connection = try daemon.connection()
        try await connection.send(text)
        return try await connection.answer()
    }

    private func create(_ body: String, type: String? = "application/json") async throws -> Answer {
        var request = Request("POST", "/volumes/create")
        request.headers = type.map { ["Content-Type": $0] } ?? [:]
        request.body = Array(body.utf8)
        return try await daemon.ask(request)
    }

    // MARK: System

    @Test(arguments: ["", "/v1", "/v1.24", "/v1.41", "/v1.45"])
    func `a ping is answered under any version`(prefix: String) async throws {
        let answer = try await daemon.ask("GET", prefix + "/_ping")
        #expect(answer.status == 200)
        #expect(answer.text == "OK")
        #expect(answer.headers["api-version"]?.wholeMatch(of: #/\d+\.\d+/#) != nil)
        #expect(answer.headers["ostype"] == "linux")
        #expect(answer.headers["server"]?.isEmpty == false)
    }

    @Test func `a ping by HEAD has no body`() async throws {
        let connection = try daemon.connection()
        for _ in 0..<2 {
            try await connection.send("HEAD /_ping HTTP/1.1\r\nHost: x\r\n\r\n")
            let answer = try await connection.answer(hasBody: false)
            #expect(answer.status == 200)
            #expect(answer.headers["api-version"] != nil)
        }
    }

    @Test func `every answer says what we are`() async throws {
        for target in ["/volumes", "/volumes/nonesuch", "/nonesuch", "/info", "/version"] {
            let answer = try await daemon.ask("GET", target)
            for header in ["api-version", "ostype", "server"] {
                #expect(answer.headers[header] != nil, "\(target): \(header)")
            }
        }
    }

    @Test func `version and info name the interface and the drivers`() async throws {
        let version = try await daemon.ask("GET", "/v1.41/version")
        #expect(version.status == 200)
        #expect(version.json["ApiVersion"].string?.isEmpty == false)
        #expect(version.json["MinAPIVersion"].string?.isEmpty == false)
        #expect(version.json["Version"].string?.isEmpty == false)
        #expect(version.json["Os"] == "linux")

        let info = try await daemon.ask("GET", "/info")
        #expect(info.status == 200)
        let drivers = Set(info.json["Plugins"]["Volume"].array ?? [])
        #expect(drivers.isSuperset(of: ["local", "tmpfs"]))
    }

    @Test(arguments: ["/volumes", "/v1/volumes", "/v1.30/volumes", "/v1.45/volumes", "/v2/volumes"])
    func `volumes are listed bare and under any version`(target: String) async throws {
        let answer = try await daemon.ask("GET", target)
        #expect(answer.status == 200, "\(answer)")
    }

    @Test(arguments: ["/nonesuch", "/v1.41/nonesuch", "/v1.41", "/vx/volumes", "/", "//volumes"])
    func `an unknown path is not found`(target: String) async throws {
        let answer = try await daemon.ask("GET", target)
        #expect(answer.status == 404)
        #expect(!answer.message.isEmpty)
    }

    @Test func `a known path by another method is no success`() async throws {
        for method in ["PATCH", "PUT", "POST"] {
            let answer = try await daemon.ask(method, "/volumes")
            #expect((404...405).contains(answer.status), "\(answer)")
        }
    }

    // MARK: Bodies

    @Test(arguments: [
        #"{"Name": 5}"#, #"{"Name": ["aa"]}"#, #"{"Name": {"a": 1}}"#, #"{"Name": true}"#, "[]",
        #""text""#, "5", "null5", #"{"Name": "aa""#, #"{"Name": "aa"} x"#, #"{"Name":"aa"}{}"#,
        #"{"Labels": ["a"]}"#, #"{"Labels": {"a": 5}}"#, #"{"Labels": "a"}"#,
        #"{"DriverOpts": {"mode": 448}}"#, #"{"DriverOpts": [["mode", "0700"]]}"#,
        #"{"Driver": 1}"#, "{", "\u{0}", "not json", #"{"Name": "\ud800"}"#,
    ])
    func `a body of the wrong kind is refused, and nothing is made`(body: String) async throws {
        let answer = try await create(body)
        #expect(answer.status == 400, "\(answer)")
        #expect(!answer.message.isEmpty)
        #expect(try await daemon.volumes == [])
        #expect(daemon.directories == [])
    }

    @Test func `bytes that are no UTF-8 are refused`() async throws {
        var request = Request("POST", "/volumes/create")
        request.headers = ["Content-Type": "application/json"]
        request.body = Array(#"{"Name": "a"#.utf8) + [0xff, 0xfe] + Array(#"b"}"#.utf8)
        #expect(try await daemon.ask(request).status == 400)
        #expect(daemon.directories == [])
    }

    @Test func `members that nobody knows don't matter`() async throws {
        let name = daemon.fresh()
        let answer = try await create(#"{"Name":"\#(name)","Future":{"a":[1]},"name2":null}"#)
        #expect(answer.status == 201, "\(answer)")
        #expect(try await daemon.ask("DELETE", "/volumes/\(name)").status == 204)
    }

    @Test func `a body that is not called JSON is refused`() async throws {
        let answer = try await create(#"{"Name":"aa"}"#, type: "text/plain")
        #expect(answer.status == 400, "\(answer)")
        #expect(answer.message.contains("text/plain"))
        #expect(daemon.directories == [])
    }

    @Test func `a body of JSON may say its character set`() async throws {
        let name = daemon.fresh()
        let answer = try await create(
            #"{"Name":"\#(name)"}"#, type: "application/json; charset=utf-8")
        #expect(answer.status == 201, "\(answer)")
        #expect(try await daemon.ask("DELETE", "/volumes/\(name)").status == 204)
    }

    @Test func `a body in chunks is a body`() async throws {
        let name = daemon.fresh()
        let body = #"{"Name":"\#(name)"}"#
        let chunks = body.map { "1\r\n\($0)\r\n" }.joined() + "0\r\n\r\n"
        let answer = try await raw(
            """
            POST /volumes/create HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
            Transfer-Encoding: chunked\r\n\r\n\(chunks)
            """)
        #expect(answer.status == 201, "\(answer)")
        #expect(try await daemon.ask("DELETE", "/volumes/\(name)").status == 204)
    }

    @Test func `a body that is cut short makes nothing`() async throws {
        let whole = Request("POST", "/volumes/create", ["Name": "short", "Labels": ["a": "b"]])
        for missing in [1, 5, 20, whole.body.count] {
            let connection = try daemon.connection()
            try await connection.send(Array(whole.bytes.dropLast(missing)))
            connection.finish()
            // Refused or dropped: both are fine, only a volume is not.
            if let answer = try? await connection.answer() {
                #expect((400..<500).contains(answer.status), "\(answer)")
            }
        }
        #expect(try await daemon.volumes == [])
        #expect(daemon.directories == [])
    }

    @Test func `a body that contains less JSON than it is long is refused`() async throws {
        let answer = try await create(#"{"Name":"aa"}"# + String(repeating: "]", count: 50))
        #expect(answer.status == 400)
        #expect(daemon.directories == [])
    }

    @Test func `10 MB of JSON are refused without much ado`() async throws {
        let before = try residentBytes()
        let long = String(repeating: "x", count: 10 << 20)
        for body in [#"{"Name":"\#(long)"}"#, #"{"Labels":{"a":"\#(long)"}}"#] {
            let connection = try daemon.connection()
            var request = Request("POST", "/volumes/create")
            request.headers = ["Content-Type": "application/json"]
            request.body = Array(body.utf8)
            // The daemon may close the door before it has heard everything.
            try? await connection.send(request.bytes)
            if let answer = try? await connection.answer() {
                #expect((400..<500).contains(answer.status), "\(answer)")
            }
        }
        #expect(try await daemon.ask("GET", "/_ping").status == 200)
        #expect(try await daemon.volumes == [])
        #expect(try residentBytes() - before < 64 << 20)
    }

    @Test func `JSON nested 100,000 deep doesn't end the daemon`() async throws {
        for body in [
            String(repeating: "[", count: 100_000),
            #"{"Labels":"# + String(repeating: #"{"a":"#, count: 100_000),
            #"{"x":"# + String(repeating: "[", count: 100_000)
                + String(repeating: "]", count: 100_000) + "}",
        ] {
            let answer = try await create(body)
            #expect((200..<500).contains(answer.status), "\(answer)")
            if let name = answer.json["Name"].string {
                _ = try await daemon.ask("DELETE", "/volumes/\(name)")
            }
        }
        #expect(daemon.process?.status == nil)
        #expect(try await daemon.ask("GET", "/_ping").status == 200)
    }

    private func residentBytes() throws -> Int {
        let line = lines(of: "/proc/\(daemon.process?.id ?? 0)/status")
            .first { $0.hasPrefix("VmRSS:") }
        let words = try #require(line).split { $0 == " " || $0 == "\t" }
        return try #require(Int(words[1])) * 1024
    }

    // MARK: Connections

    @Test func `requests on one connection are answered in their order`() async throws {
        let connection = try daemon.connection()
        try await connection.send(
            "GET /volumes/nonesuch HTTP/1.1\r\nHost: x\r\n\r\nGET /_ping HTTP/1.1\r\nHost: x\r\n\r\n"
        )
        #expect(try await connection.answer().status == 404)
        #expect(try await connection.answer().status == 200)
    }

    @Test func `a client that says half of what it wants keeps nobody waiting`() async throws {
        let slow = try (0..<50).map { _ in try daemon.connection() }
        for connection in slow {
            try await connection.send("POST /volumes/create HTTP/1.1\r\nHost: x\r\nContent-Le")
        }
        #expect(try await daemon.ask("GET", "/_ping").status == 200)
        for connection in slow { try await connection.send("ngth: 20\r\n\r\n{") }
        #expect(try await daemon.ask("GET", "/volumes").status == 200)
    }

    @Test(arguments: [
        "nonsense\r\n\r\n", "GET\r\n\r\n", "GET /volumes HTTP/9.9\r\n\r\n",
        "\u{0}\u{1}\u{2}\r\n\r\n",
        "POST /volumes/create HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        "POST /volumes/create HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\n{}",
        "GET /" + String(repeating: "a", count: 1_000_000) + " HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /volumes HTTP/1.1\r\nX: " + String(repeating: "a", count: 1_000_000) + "\r\n\r\n",
    ])
    func `what is no HTTP is turned away`(text: String) async throws {
        // Who says more than is listened to may wait in vain: only the others may not.
        let connection = try daemon.connection(within: .seconds(2))
        try? await connection.send(text)
        connection.finish()
        if let answer = try? await connection.answer() {
            #expect((400..<506).contains(answer.status), "\(answer)")
        }
        #expect(try await daemon.ask("GET", "/_ping").status == 200)
        #expect(daemon.directories == [])
    }

    @Test func `HTTP 1.0 is spoken too`() async throws {
        #expect(try await raw("GET /_ping HTTP/1.0\r\n\r\n").text == "OK")
    }

    @Test func `a connection closes when its client wants that`() async throws {
        let connection = try daemon.connection()
        try await connection.send("GET /_ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        #expect(try await connection.answer().status == 200)
        try await connection.waitForEnd()
    }

    @Test func `many connections at once are all answered`() async throws {
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<200 { group.addTask { try await daemon.ask("GET", "/volumes").status } }
            for try await status in group { #expect(status == 200) }
        }
    }
}
