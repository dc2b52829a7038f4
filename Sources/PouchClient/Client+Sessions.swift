import FoundationEssentials
import NIOCore
import NIOPosix
import PouchAPI

/// What somebody sits at: a container, or a process that was added to one.
public enum Seat: Hashable, Sendable {
    case container(String, detachKeys: String?)
    case exec(String)

    fileprivate func request(takesInput: Bool) throws -> (target: Target, body: Data) {
        switch self {
        case .container(let name, let keys):
            let target = try Target("/containers", name, "attach").adding("stream", "1")
                .adding("stdout", "1").adding("stderr", "1").adding("stdin", if: takesInput)
                .adding("detachKeys", keys)
            return (target, Data())
        case .exec(let id):
            let body = try JSONEncoder().encode(ExecStartRequest(detach: false))
            return (try Target("/exec", id, "start"), body)
        }
    }

    fileprivate var resizing: Target {
        get throws {
            switch self {
            case .container(let name, _): try Target("/containers", name, "resize")
            case .exec(let id): try Target("/exec", id, "resize")
            }
        }
    }
}

extension Client {
    /// Tells a terminal its size, in characters.
    public func resize(_ seat: Seat, width: Int, height: Int) async throws {
        let target = try seat.resizing.adding("h", "\(height)").adding("w", "\(width)")
        try await bytes(.post(target))
    }

    /// Sits down: sends what `input` gives until it ends, and hands on the output until that does.
    ///
    /// `listening` is called as soon as nothing of the output can be missed any more.
    public func sit(
        at seat: Seat, input: AsyncStream<[UInt8]>?, listening: @Sendable () -> Void = {},
        give: @Sendable (OutputStream, ArraySlice<UInt8>) throws -> Void
    ) async throws {
        let (target, body) = try seat.request(takesInput: input != nil)
        let channel = try await connectBare()
        try await channel.executeThenClose { inbound, outbound in
            var bytes = inbound.makeAsyncIterator()
            try await outbound.write(Self.request(target, body))
            var head = SessionHead()
            while !head.isComplete {
                guard let more = try await bytes.next() else {
                    throw ClientError.cut(host, reason: "the connection was closed")
                }
                head.add(more)
            }
            guard head.isSuccess else {
                while let more = try await bytes.next() { head.add(more) }
                throw head.refusal
            }
            listening()
            try await withThrowingTaskGroup(of: Void.self) { group in
                if let input {
                    group.addTask {
                        // Who does not listen any more says why by ending the output.
                        for await piece in input {
                            guard (try? await outbound.write(ByteBuffer(bytes: piece))) != nil
                            else { return }
                        }
                        if !Task.isCancelled { outbound.finish() }
                    }
                }
                var frames = FrameDecoder()
                var next: ByteBuffer? = head.rest
                while let piece = next {
                    if head.isRaw {
                        try give(.stdout, ArraySlice(piece.readableBytesView))
                    } else {
                        try frames.decode(piece.readableBytesView, give: give)
                    }
                    next = try await bytes.next()
                }
                group.cancelAll()
            }
        }
    }

    private static func request(_ target: Target, _ body: Data) -> ByteBuffer {
        var lines = [
            "POST \(target) HTTP/1.1", "Host: pouchd", "User-Agent: pouch",
            "Connection: Upgrade", "Upgrade: tcp", "Content-Length: \(body.count)",
        ]
        if !body.isEmpty { lines.append("Content-Type: application/json") }
        var buffer = ByteBuffer(string: lines.joined(separator: "\r\n") + "\r\n\r\n")
        buffer.writeBytes(body)
        return buffer
    }

    private func connectBare() async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        do {
            return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .channelOption(.allowRemoteHalfClosure, value: true)
                .connect(unixDomainSocketPath: host.path) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel(
                            wrappingChannelSynchronously: channel,
                            configuration: .init(isOutboundHalfClosureEnabled: true))
                    }
                }
        } catch let error as IOError {
            throw ClientError.unreachable(host, errno: error.errnoCode)
        }
    }
}

/// How an answer begins that takes the connection over, or refuses to.
private struct SessionHead {
    private var bytes: [UInt8] = []
    private var end: Int?

    var isComplete: Bool { end != nil }

    mutating func add(_ more: ByteBuffer) {
        bytes += more.readableBytesView
        guard end == nil, bytes.count >= 4 else { return }
        end = (0...(bytes.count - 4)).first { Array(bytes[$0..<($0 + 4)]) == [13, 10, 13, 10] }
            .map { $0 + 4 }
    }

    private var lines: [Substring] {
        String(decoding: bytes[..<(end ?? 0)], as: UTF8.self).split(separator: "\r\n")
    }

    private var status: Int {
        lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    }

    var isSuccess: Bool { status == 101 || status == 200 }

    /// Whether there is one stream, which comes as it is.
    var isRaw: Bool {
        lines.contains {
            $0.lowercased().hasPrefix("content-type:") && $0.hasSuffix("raw-stream")
        }
    }

    /// What came with it.
    var rest: ByteBuffer { ByteBuffer(bytes: bytes[(end ?? 0)...]) }

    /// The daemon's reason, in its own words.
    var refusal: ClientError {
        let body = Data(rest.readableBytesView)
        let words = try? JSONDecoder().decode(ErrorResponse.self, from: body)
        return .refused(
            status: status, message: words?.message ?? "pouchd answered \(status)",
            exitStatus: words?.exitStatus)
    }
}
