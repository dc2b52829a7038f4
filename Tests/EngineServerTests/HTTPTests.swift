import NIOCore
import PouchAPI
import TestSupport
import Testing
import Volumes

struct HTTPTests {
    @Test func `a ping says who answers`() async throws {
        try await TestServer.run { server in
            for (method, body) in [("GET", "OK"), ("HEAD", "")] {
                let answer = try await server.ask(method, "/_ping")
                #expect(answer.status == 200)
                #expect(answer.text == body)
                #expect(answer.headers["content-length"] == "2")
                #expect(answer.headers["api-version"] == "1.51")
                #expect(answer.headers["ostype"] == "linux")
                #expect(answer.headers["docker-experimental"] == "false")
                #expect(answer.headers["server"] == "Pouch/0.0.1 (linux)")
                #expect(answer.headers["content-type"] == "text/plain; charset=utf-8")
                let date = try #require(answer.headers["date"])
                #expect(
                    date.wholeMatch(
                        of:
                            /(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT/
                    )
                        != nil, "\(date)")
            }
        }
    }

    @Test(arguments: ["", "/v1.24", "/v1.45", "/v2", "/v99.1", "/v1.99999999999999999999"])
    func `any version is understood before any path`(prefix: String) async throws {
        try await TestServer.run { server in
            try await server.make("data")
            for path in ["/_ping", "/version", "/info", "/volumes", "/volumes/data", "/drivers"] {
                let answer = try await server.get(prefix + path)
                #expect(answer.status == 200, "\(prefix + path)")
                #expect(answer.headers["api-version"] == "1.51")
            }
        }
    }

    @Test(arguments: [
        "/", "/v1.45", "/v1.45/", "/v1./volumes", "/vx/volumes", "/v1.2.3/volumes", "/volume",
        "/containers", "/v1.45/v1.45/volumes", "//volumes",
    ])
    func `an unknown path is not found`(path: String) async throws {
        try await TestServer.run { server in
            let answer = try await server.get(path)
            #expect(answer.status == 404)
            #expect(answer.message == "page not found")
            #expect(answer.headers["content-type"] == "application/json")
        }
    }

    @Test func `version and info say what clients ask for first`() async throws {
        try await TestServer.run { server in
            let version = try await server.get("/version").json(as: Version.self)
            #expect(version.version == "0.0.1")
            #expect(version.os == "linux")
            #expect(version.components.first?.details?["ApiVersion"] == "1.51")
            try await server.make("data")
            let info = try await server.get("/info").json(as: SystemInfo.self)
            #expect(info.volumes == 1)
            #expect(info.plugins.volume == ["local", "other"])
            #expect(info.rootDirectory == server.directory)
            #expect(info.processors > 0 && info.memory > 0)
        }
    }

    /// Names that are no names never become paths.
    @Test(arguments: [
        "%2e%2e", "..", "..%2f..%2fetc", "../info", "a/b", "a%2Fb", "%00", "a%00b",
        "%2Fetc%2Fpasswd",
        String(repeating: "a", count: 256), "-data", ".data", "data%20", "d%C3%A4ta", "",
    ])
    func `a name that is none is not found and harms nothing`(name: String) async throws {
        let fake = FakeDriver("local")
        try await TestServer.run(drivers: [fake]) { server in
            try await server.make("data")
            fake.forgetCalls()
            let inspected = try await server.get("/volumes/\(name)")
            #expect(inspected.status == 404)
            #expect(inspected.headers["content-type"] == "application/json")
            #expect(inspected.message.hasPrefix("get "))
            #expect(try await server.delete("/volumes/\(name)").status == 404)
            #expect(fake.calls.isEmpty)
        }
    }

    @Test(arguments: ["%", "%4", "%zz", "%ff", "data%"])
    func `a path that is wrongly encoded is refused`(name: String) async throws {
        try await TestServer.run { server in
            let inspected = try await server.get("/volumes/\(name)")
            #expect(inspected.status == 400)
            let listed = try await server.get("/volumes?filters=\(name)")
            #expect(listed.status == 400)
        }
    }

    @Test(arguments: [
        #""..""#, #""a/b""#, #""a""#, #""a\u0000b""#, #"".data""#, #""da ta""#, #""dätä""#,
        "\"" + String(repeating: "a", count: 256) + "\"",
    ])
    func `a volume is not made with a name that is none`(name: String) async throws {
        try await TestServer.run { server in
            let answer = try await server.post("/volumes/create", #"{"Name":\#(name)}"#)
            #expect(answer.status == 400)
            #expect(answer.message.contains("name"))
            #expect(answer.message.unicodeScalars.allSatisfy { $0.value >= 0x20 })
            #expect(server.volumes.list().volumes.isEmpty)
        }
    }

    @Test func `the longest name is a name`() async throws {
        try await TestServer.run { server in
            let name = String(repeating: "a", count: 255)
            let created = try await server.post("/volumes/create", #"{"Name":"\#(name)"}"#)
            #expect(created.status == 201)
            let inspected = try await server.get("/volumes/\(name)")
            #expect(inspected.status == 200)
        }
    }

    @Test(arguments: [
        (#"{"Name":1}"#, "field Name"), (#"{"Labels":{"a":1}}"#, "field Labels.a"),
        (#"{"Labels":{"a":null}}"#, "field Labels.a"),
        (#"{"DriverOpts":["size"]}"#, "field DriverOpts"),
        (#"{"DriverOpts":{"size":{"a":"b"}}}"#, "field DriverOpts.size"), ("[]", "invalid JSON"),
        ("{", "invalid JSON"), ("{} {}", "invalid JSON"), ("nonsense", "invalid JSON"),
        (#"{"Name":"\ud800"}"#, "invalid JSON"), ("\u{feff}{}x", "invalid JSON"),
        (String(repeating: "[", count: 100_000), "invalid JSON"),
    ])
    func `a body of the wrong form is refused, naming the field`(
        body: String, reason: String
    ) async throws {
        try await TestServer.run { server in
            let answer = try await server.post("/volumes/create", body)
            #expect(answer.status == 400)
            #expect(answer.message.contains(reason), "\(answer.message)")
            #expect(server.volumes.list().volumes.isEmpty)
        }
    }

    @Test func `a body must be said to be JSON`() async throws {
        try await TestServer.run { server in
            for type in ["text/plain", nil] {
                let answer = try await server.ask("POST", "/volumes/create", "{}", type: type)
                #expect(answer.status == 400)
                #expect(
                    answer.message
                        == "unsupported Content-Type header (\(type ?? "")): must be 'application/json'"
                )
            }
            let types = [
                "application/json; charset=utf-8", "Application/JSON", "application/json ;a=b",
            ]
            for type in types {
                #expect(
                    try await server.ask("POST", "/volumes/create", "{}", type: type).status == 201)
            }
        }
    }

    @Test func `ten megabytes of JSON are too much, announced or not`() async throws {
        try await TestServer.run { server in
            let padding = String(repeating: "x", count: 10 << 20)
            let body = #"{"Name":"data","Labels":{"a":"\#(padding)"}}"#
            let announced = try await server.post("/volumes/create", body)
            #expect(announced.status == 413)
            try await Connection.open(server.socket) { connection in
                try await connection.send(
                    "POST /volumes/create HTTP/1.1\r\nContent-Type: application/json\r\n"
                        + "Transfer-Encoding: chunked\r\n\r\n")
                try await connection.send(
                    String(body.utf8.count, radix: 16) + "\r\n" + body + "\r\n0\r\n\r\n")
                let answer = try await connection.answer()
                #expect(answer.status == 413)
                // The connection is good for more.
                let next = try await connection.ask("GET", "/_ping")
                #expect(next.status == 200)
            }
            #expect(server.volumes.list().volumes.isEmpty)
        }
    }

    @Test(arguments: [
        "Content-Length: 40\r\n\r\n{\"Name\":\"data\"}",
        "Content-Length: 16\r\n\r\n{\"Name\":\"data\"}",
        "Transfer-Encoding: chunked\r\n\r\nf\r\n{\"Name\":\"data\"}",
        "Transfer-Encoding: chunked\r\n\r\nf\r\n{\"Name\":\"data\"}\r\n",
        "Transfer-Encoding: chunked\r\n\r\nff\r\n{\"Name\":\"data\"}",
        "Content-Length: 40\r\n\r\n", "Content-Length: -1\r\n\r\n{}",
        "Content-Length: 99999999999999999999\r\n\r\n{}",
    ])
    func `of a body that is cut short nothing comes`(body: String) async throws {
        try await TestServer.run { server in
            for endsPolitely in [true, false] {
                try await Connection.open(server.socket) { connection in
                    try await connection.send(
                        "POST /volumes/create HTTP/1.1\r\nContent-Type: application/json\r\n" + body
                    )
                    guard endsPolitely else { return }
                    connection.finish()
                    let answer = try? await connection.answer()
                    #expect(answer == nil || answer?.status == 400)
                }
            }
            #expect(try await server.get("/_ping").status == 200)
            #expect(server.volumes.list().volumes.isEmpty)
        }
    }

    @Test func `requests that come at once are answered in order`() async throws {
        try await TestServer.run { server in
            try await Connection.open(server.socket) { connection in
                let create = #"{"Name":"data"}"#
                try await connection.send(
                    "POST /volumes/create HTTP/1.1\r\nContent-Type: application/json\r\n"
                        + "Content-Length: \(create.utf8.count)\r\n\r\n\(create)"
                        + "GET /volumes/data HTTP/1.1\r\n\r\n" + "GET /none HTTP/1.1\r\n\r\n"
                        + "DELETE /volumes/data HTTP/1.1\r\n\r\n" + "HEAD /_ping HTTP/1.1\r\n\r\n"
                        + "GET /volumes/data HTTP/1.1\r\n\r\n")
                var statuses: [Int] = []
                for number in 0..<6 {
                    statuses.append(try await connection.answer(toHead: number == 4).status)
                }
                #expect(statuses == [201, 200, 404, 204, 200, 404])
            }
        }
    }

    @Test func `a request in single bytes is a request`() async throws {
        try await TestServer.run { server in
            try await Connection.open(server.socket) { connection in
                let body = #"{"Name":"data"}"#
                let request =
                    "POST /v1.41/volumes/create HTTP/1.1\r\nContent-Type: application/json\r\n"
                    + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
                for byte in request.utf8 { try await connection.send([byte]) }
                let answer = try await connection.answer()
                #expect(answer.status == 201)
            }
        }
    }

    @Test(arguments: ["\r\n\r\n\0\0\0", "GET\r\n\r\n", "GET / HTTP/1.1\r\nno header\r\n\r\n"])
    func `what is no HTTP ends its connection and no other`(bytes: String) async throws {
        try await TestServer.run { server in
            try await Connection.open(server.socket) { connection in
                try await connection.send(bytes)
                connection.finish()
                while try await connection.next() != nil {}
            }
            #expect(try await server.get("/_ping").status == 200)
        }
    }

    @Test func `an action whose client has left is carried through`() async throws {
        let fake = FakeDriver("local")
        try await TestServer.run(drivers: [fake]) { server in
            fake.hang(.create)
            try await Connection.open(server.socket) { connection in
                let body = #"{"Name":"data"}"#
                try await connection.send(
                    "POST /volumes/create HTTP/1.1\r\nContent-Type: application/json\r\n"
                        + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
                try await eventually("the driver is asked") { fake.hung(in: .create) == 1 }
                try await connection.leave()
            }
            fake.resume(.create)
            try await eventually("the volume is made") { server.volumes.list().volumes.count == 1 }
        }
    }

    @Test func `a request that runs when the daemon stops is answered`() async throws {
        let fake = FakeDriver("local")
        try await withThrowingTaskGroup { group in
            try await TestServer.run(drivers: [fake]) { server in
                fake.hang(.create)
                group.addTask { try await server.post("/volumes/create", "{}").status }
                try await eventually("the driver is asked") { fake.hung(in: .create) == 1 }
                group.addTask {
                    try await eventually("nobody can connect any more") {
                        (try? await server.get("/_ping")) == nil
                    }
                    fake.resume(.create)
                    return 201
                }
            }
            for try await status in group { #expect(status == 201) }
        }
    }
}
