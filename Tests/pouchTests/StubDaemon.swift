import Dispatch
import Glibc
import PouchClient
import Synchronization
import TestSupport

/// A server on a unix socket that answers with exactly the bytes that a test wants.
final class StubDaemon: Sendable {
    /// What an answer is made of.
    enum Step: Sendable {
        case send(String)
        case bytes([UInt8])
        case wait(Duration)
        /// Keeps the connection open until the client closes it, or the daemon stops.
        case hang
        /// Goes on when the test lets it.
        case until(Gate)
    }

    /// A request as it arrived.
    struct Request: Sendable {
        let head: String
        let body: [UInt8]

        /// `GET /volumes/data`
        var line: String {
            String(head.prefix { $0 != "\r\n" }).replacing(" HTTP/1.1", with: "")
        }

        var text: String { String(decoding: body, as: UTF8.self) }
    }

    let path: String
    private let listener: CInt
    private let answer: @Sendable (Request) -> [Step]
    private let state = Mutex((requests: [Request](), isStopped: false))

    init(at path: String, answer: @escaping @Sendable (Request) -> [Step]) throws {
        self.path = path
        self.answer = answer
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard bindSocket(listener, to: path), listen(listener, 64) == 0 else {
            throw TestFailure("listen at \(path): errno \(errno)")
        }
        DispatchQueue(label: "stub").async { self.accept() }
    }

    /// What was asked, in order of arrival.
    var requests: [Request] { state.withLock { $0.requests } }

    var lines: [String] { requests.map(\.line) }

    func stop() {
        state.withLock { $0.isStopped = true }
        shutdown(listener, Int32(SHUT_RDWR))
    }

    /// Whether anybody listens there.
    static func isAlive(at path: String) -> Bool {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        return withAddress(of: path) { connect(descriptor, $0, $1) == 0 }
    }

    private var isStopped: Bool { state.withLock { $0.isStopped } }

    private func accept() {
        while true {
            let connection = Glibc.accept(listener, nil, nil)
            guard connection >= 0 else { break }
            DispatchQueue(label: "stub").async { self.serve(connection) }
        }
        close(listener)
    }

    private func serve(_ connection: CInt) {
        defer { close(connection) }
        guard let request = Self.read(connection) else { return }
        state.withLock { $0.requests.append(request) }
        for step in answer(request) {
            switch step {
            case .send(let text): Self.send(Array(text.utf8), to: connection)
            case .bytes(let bytes): Self.send(bytes, to: connection)
            case .wait(let duration): usleep(UInt32(duration / .microseconds(1)))
            case .hang: hang(connection)
            case .until(let gate): gate.wait()
            }
        }
    }

    private func hang(_ connection: CInt) {
        var waiting = pollfd(fd: connection, events: Int16(POLLIN), revents: 0)
        while !isStopped {
            guard poll(&waiting, 1, 20) > 0 else { continue }
            var byte: UInt8 = 0
            if Glibc.read(connection, &byte, 1) <= 0 { return }
        }
    }

    private static func send(_ bytes: [UInt8], to connection: CInt) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    /// Reads the head, and as much body as it announces; of a chunked one all up to its end.
    private static func read(_ connection: CInt) -> Request? {
        var received: [UInt8] = []
        while true {
            if let request = request(in: received) { return request }
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            let count = Glibc.read(connection, &buffer, buffer.count)
            guard count > 0 else { return nil }
            received += buffer[..<count]
        }
    }

    private static func request(in received: [UInt8]) -> Request? {
        guard let end = received.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let head = String(decoding: received[..<end.lowerBound], as: UTF8.self)
        let body = Array(received[end.upperBound...])
        if head.lowercased().contains("transfer-encoding: chunked") {
            let last = Array("0\r\n\r\n".utf8)
            guard body.suffix(last.count) == last[...] else { return nil }
        } else if let length = head.lowercased().firstMatch(of: /content-length: ([0-9]+)/) {
            guard body.count >= Int(length.1) ?? 0 else { return nil }
        }
        return Request(head: head, body: body)
    }
}

/// A server that answers as soon as it has read a request's first bytes, and reads no more.
final class EarlyDaemon: Sendable {
    private let listener: CInt

    init(at path: String, answer message: String) throws {
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard bindSocket(listener, to: path), listen(listener, 64) == 0 else {
            throw TestFailure("listen at \(path): errno \(errno)")
        }
        self.listener = listener
        let body = "{\"message\":\"\(message)\"}"
        let head = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: \(body.utf8.count)"
        let bytes = Array("\(head)\r\n\r\n\(body)".utf8)
        DispatchQueue(label: "stub").async {
            let connection = accept(listener, nil, nil)
            var byte: UInt8 = 0
            guard connection >= 0, Glibc.read(connection, &byte, 1) == 1 else { return }
            _ = bytes.withUnsafeBytes { Glibc.write(connection, $0.baseAddress, $0.count) }
            close(connection)
        }
    }

    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }
}

/// Lets through whoever waits, once it is opened.
final class Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func open() {
        semaphore.signal()
    }

    func wait() {
        semaphore.wait()
        semaphore.signal()
    }
}

extension [StubDaemon.Step] {
    /// A whole answer with a JSON body.
    static func json(_ body: String, status: String = "200 OK") -> Self {
        let head = "HTTP/1.1 \(status)\r\nContent-Type: application/json\r\n"
        return [.send("\(head)Content-Length: \(body.utf8.count)\r\n\r\n\(body)")]
    }

    static func error(_ status: String, _ message: String) -> Self {
        json("{\"message\":\"\(message)\"}", status: status)
    }

    static let noContent: Self = [.send("HTTP/1.1 204 No Content\r\n\r\n")]

    /// An answer whose body comes in pieces, each a chunk of its own.
    static func stream(_ pieces: [[UInt8]], type: String = "application/json") -> Self {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: \(type)\r\nTransfer-Encoding: chunked\r\n\r\n"
        return [.send(head)] + pieces.map(StubDaemon.Step.chunk) + [.send("0\r\n\r\n")]
    }
}

extension StubDaemon.Step {
    /// A piece of a chunked body.
    static func chunk(_ content: [UInt8]) -> Self {
        let size = Array("\(String(content.count, radix: 16))\r\n".utf8)
        return .bytes(size + content + Array("\r\n".utf8))
    }
}

private func bindSocket(_ descriptor: CInt, to path: String) -> Bool {
    withAddress(of: path) { bind(descriptor, $0, $1) == 0 }
}

private func withAddress(
    of path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Bool
) -> Bool {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    return withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
}

/// Runs `body` beside a daemon that answers as `answer` says.
@discardableResult
func withStubDaemon<Result>(
    isolation: isolated (any Actor)? = #isolation,
    answer: @escaping @Sendable (StubDaemon.Request) -> [StubDaemon.Step],
    _ body: (StubDaemon) async throws -> Result
) async throws -> Result {
    try await withTemporaryDirectory { directory in
        let daemon = try StubDaemon(at: directory + "/d.sock", answer: answer)
        defer { daemon.stop() }
        return try await body(daemon)
    }
}
