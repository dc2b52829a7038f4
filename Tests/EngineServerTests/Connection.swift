import FoundationEssentials
import NIOCore
import NIOPosix
import TestSupport

/// A connection to the server on which a test sends any bytes it likes.
struct Connection {
    private let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private var received = ByteBuffer()

    /// Connects, lets `body` talk, and closes.
    static func open<Result>(
        _ socket: String, _ body: (inout Connection) async throws -> Result
    ) async throws -> Result {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(unixDomainSocketPath: socket) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel(
                        wrappingChannelSynchronously: channel,
                        configuration: .init(
                            isOutboundHalfClosureEnabled: true, inboundType: ByteBuffer.self,
                            outboundType: ByteBuffer.self))
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            var connection = Connection(
                channel: channel, outbound: outbound, inbound: inbound.makeAsyncIterator())
            return try await body(&connection)
        }
    }

    func send(_ text: String) async throws {
        try await outbound.write(ByteBuffer(string: text))
    }

    func send(_ bytes: [UInt8]) async throws {
        try await outbound.write(ByteBuffer(bytes: bytes))
    }

    /// Sends the same again and again; returns only by an error.
    var sendingForEver: @Sendable (_ text: String) async throws -> Void {
        { [outbound] text in
            while true { try await outbound.write(ByteBuffer(string: text)) }
        }
    }

    /// Says that nothing more will come.
    func finish() { outbound.finish() }

    /// Leaves at once, whatever is under way.
    func leave() async throws {
        try await channel.channel.close()
    }

    // MARK: Reading

    /// Whatever comes next; nil at the end.
    mutating func next() async throws -> ByteBuffer? {
        guard received.readableBytes == 0 else {
            defer { received = ByteBuffer() }
            return received
        }
        return try await inbound.next()
    }

    private mutating func readMore(_ what: String) async throws {
        guard var piece = try await inbound.next() else {
            throw TestFailure("the connection ended before \(what)")
        }
        received.writeBuffer(&piece)
    }

    private mutating func read(_ count: Int) async throws -> ByteBuffer {
        while received.readableBytes < count { try await readMore("\(count) bytes") }
        return received.readSlice(length: count) ?? ByteBuffer()
    }

    private mutating func readLine() async throws -> String {
        while true {
            let view = received.readableBytesView
            if let end = view.firstIndex(of: UInt8(ascii: "\n")) {
                let line = received.readString(length: end - view.startIndex + 1) ?? ""
                return String(line.unicodeScalars.dropLast(line.hasSuffix("\r\n") ? 2 : 1))
            }
            try await readMore("a line")
        }
    }

    /// Reads an answer without its body.
    mutating func head() async throws -> Answer {
        let words = try await readLine().split(separator: " ")
        guard words.count >= 2, let status = Int(words[1]) else {
            throw TestFailure("no status line: \(words)")
        }
        var headers: [String: String] = [:]
        while case let line = try await readLine(), !line.isEmpty {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts[1].trimmingPrefix(" ").description
        }
        return Answer(status: status, headers: headers)
    }

    mutating func answer(toHead: Bool = false) async throws -> Answer {
        var answer = try await head()
        guard !toHead else { return answer }
        if let length = answer.headers["content-length"].flatMap({ Int($0) }) {
            answer.body = try await read(length)
        } else if answer.headers["transfer-encoding"] == "chunked" {
            while let chunk = try await chunk() { answer.body.writeImmutableBuffer(chunk) }
        }
        return answer
    }

    /// One chunk of a chunked body; nil after the last.
    mutating func chunk() async throws -> ByteBuffer? {
        guard let size = Int(try await readLine(), radix: 16) else {
            throw TestFailure("no chunk size")
        }
        let chunk = try await read(size)
        _ = try await readLine()
        return size == 0 ? nil : chunk
    }
}

/// What the server answered.
struct Answer {
    let status: Int
    /// By lower-case name.
    let headers: [String: String]
    var body = ByteBuffer()

    var text: String { String(buffer: body) }

    /// The reason in an answer that is an error.
    var message: String { (try? json(as: [String: String].self)["message"]) ?? "" }

    func json<Value: Decodable>(as type: Value.Type = Value.self) throws -> Value {
        try JSONDecoder().decode(type, from: Data(body.readableBytesView))
    }
}
