import NIOCore
import TestSupport
import Testing

@testable import EngineServer

/// When a connection ends, and what is said before.
struct ClosingTests {
    @Test(arguments: [
        "GET /_ping HTTP/1.0\r\n\r\n", "GET /_ping HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
        "GET /_ping HTTP/1.1\r\nConnection: close\r\n\r\n",
        "GET /_ping HTTP/1.1\r\nConnection: Close\r\n\r\n",
    ])
    func `a connection that is for one answer ends with it`(request: String) async throws {
        try await TestServer.run { server in
            try await Connection.open(server.socket) { connection in
                try await connection.send(request)
                let answer = try await connection.answer()
                #expect(answer.status == 200)
                #expect(answer.headers["connection"] == "close")
                #expect(try await connection.next() == nil)
            }
        }
    }

    @Test func `a connection that is for more stays`() async throws {
        try await TestServer.run { server in
            try await Connection.open(server.socket) { connection in
                for _ in 0..<2 {
                    let answer = try await connection.ask("GET", "/_ping")
                    #expect(answer.status == 200)
                    #expect(answer.headers["connection"] == nil)
                }
            }
        }
    }

    static let endless = String(repeating: "x", count: 1 << 20)

    @Test(arguments: [
        "GET /volumes/\(endless)", "GET /_ping HTTP/1.1\r\nX-Long: \(endless)",
        "GET /_ping HTTP/1.1\r\n"
            + (0..<20_000).map { "X-\($0): some value or other\r\n" }.joined(),
    ])
    func `a head without end is refused, though its client goes on sending`(
        head: String
    ) async throws {
        try await TestServer.run { server in
            try await Connection.open(server.socket) { connection in
                let send = connection.sendingForEver
                async let sending: Void = send(head)
                let answer = try await connection.answer()
                #expect(answer.status == 431)
                #expect(answer.message.contains("80 KiB"))
                // What ends is the connection, not the client's patience.
                let isSentAway: Bool
                do {
                    try await sending
                    isSentAway = false
                } catch {
                    isSentAway = true
                }
                #expect(isSentAway)
            }
            #expect(try await server.get("/_ping").status == 200)
        }
    }

    @Test func `what was asked before a head without end is answered first`() async throws {
        try await TestServer.run { server in
            try await Connection.open(server.socket) { connection in
                try await connection.send(
                    "GET /_ping HTTP/1.1\r\n\r\nGET /none HTTP/1.1\r\nX: " + Self.endless)
                var statuses: [Int] = []
                for _ in 0..<2 { statuses.append(try await connection.answer().status) }
                #expect(statuses == [200, 431])
            }
        }
    }

    @Test func `what is no request is told so`() async throws {
        try await TestServer.run { server in
            try await Connection.open(server.socket) { connection in
                try await connection.send("GET / HTTP/1.1\r\nno header\r\n\r\n")
                let answer = try await connection.answer()
                #expect(answer.status == 400)
                #expect(answer.message == "this is no HTTP request")
                #expect(try await connection.next() == nil)
            }
        }
    }
}
