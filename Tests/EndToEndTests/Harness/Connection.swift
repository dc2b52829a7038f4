import Glibc
import Synchronization
import TestSupport

/// A connection to a unix socket over which any bytes can be sent, also wrong ones.
final class Connection: Sendable {
    private let descriptor: Int32
    private let received = Mutex<[UInt8]>([])
    private let limit: Duration

    init(to path: String, within limit: Duration = .seconds(30)) throws {
        self.limit = limit
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard Self.connect(descriptor, to: path) else {
            // What is thrown away closes it.
            throw TestFailure("connect to \(path): errno \(errno)")
        }
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    }

    deinit { close(descriptor) }

    private static func connect(_ descriptor: Int32, to path: String) -> Bool {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8CString)
        return withUnsafeMutableBytes(of: &address.sun_path) { place in
            guard bytes.count <= place.count else { return false }
            bytes.withUnsafeBytes { place.copyMemory(from: $0) }
            return true
        }
            && withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
                }
            }
    }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) async throws {
        var rest = bytes[...]
        try await eventually("the other end takes \(bytes.count) bytes", within: limit) {
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes {
                    Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                if count < 0, errno == EAGAIN { return false }
                guard count > 0 else { throw TestFailure("send: errno \(errno)") }
                rest = rest.dropFirst(count)
            }
            return true
        }
    }

    /// Says that nothing more will be sent.
    func finish() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Takes in what has arrived; false once the other end has closed.
    private func receive() throws -> Bool {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count > 0 {
                received.withLock { $0.append(contentsOf: buffer[..<count]) }
            } else if count < 0, errno == EAGAIN {
                return true
            } else if count == 0 || errno == ECONNRESET {
                return false
            } else {
                throw TestFailure("receive: errno \(errno)")
            }
        }
    }

    /// Waits for something that can be made of what came; it is told whether more can come.
    private func wait<Result>(
        for what: String, _ make: (_ bytes: inout [UInt8], _ isOpen: Bool) throws -> Result?
    ) async throws -> Result {
        var result: Result?
        try await eventually(what, within: limit) {
            let isOpen = try receive()
            result = try received.withLock { try make(&$0, isOpen) }
            guard result == nil, !isOpen else { return result != nil }
            throw TestFailure("the connection ended before: \(what)")
        }
        guard let result else { throw TestFailure("nothing: \(what)") }
        return result
    }

    /// The next answer; `hasBody` is false for the answer to a HEAD.
    func answer(hasBody: Bool = true) async throws -> Answer {
        try await wait(for: "an answer") { bytes, isOpen in
            guard let reader = AnswerReader(bytes, hasBody: hasBody),
                let (answer, length) = try reader.answer(isComplete: !isOpen)
            else { return nil }
            bytes.removeFirst(length)
            return answer
        }
    }

    /// The head of an answer whose body goes on, and whether it has come yet.
    func head() async throws -> String {
        try await wait(for: "the head of an answer") { bytes, _ in
            AnswerReader.end(ofHeadIn: bytes).map { String(decoding: bytes[..<$0], as: UTF8.self) }
        }
    }

    /// Waits until the other end closes.
    func waitForEnd() async throws {
        try await eventually("the other end closes", within: limit) { try !receive() }
    }
}
