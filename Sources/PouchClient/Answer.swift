import FoundationEssentials
import NIOCore
import NIOHTTP1

/// What the daemon answers, whose body is taken piece by piece as it arrives.
struct Answer {
    let head: HTTPResponseHead
    private let host: Host
    private var parts: NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator

    /// Waits for the answer's first line and headers.
    init(
        from host: Host, in inbound: NIOAsyncChannelInboundStream<HTTPClientResponsePart>
    ) async throws {
        self.host = host
        parts = inbound.makeAsyncIterator()
        guard case .head(let head) = try await Self.next(of: &parts, from: host) else {
            throw ClientError.cut(host, reason: "the connection was closed")
        }
        self.head = head
    }

    /// The next bytes of the body; nil after the last.
    mutating func next() async throws -> ByteBuffer? {
        switch try await Self.next(of: &parts, from: host) {
        case .body(let bytes): return bytes
        case .end: return nil
        case .head, nil: throw ClientError.cut(host, reason: "the connection was closed")
        }
    }

    /// The whole body.
    mutating func body() async throws -> Data {
        var data = Data()
        while let bytes = try await next() { data.append(contentsOf: bytes.readableBytesView) }
        return data
    }

    private static func next(
        of parts: inout NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator,
        from host: Host
    ) async throws -> HTTPClientResponsePart? {
        do {
            return try await parts.next()
        } catch {
            throw ClientError.breakingOff(error, from: host)
        }
    }
}

extension HTTPResponseHead {
    var isSuccess: Bool { status.code < 300 || status == .notModified }
}

extension ClientError {
    /// What keeps an answer from being read, said of the daemon; what is not about the answer stays
    /// as it is.
    static func breakingOff(_ error: any Error, from host: Host) -> any Error {
        switch error {
        case HTTPParserError.invalidEOFState:
            ClientError.cut(host, reason: "the connection was closed")
        case is HTTPParserError, is NIOHTTPDecoderError:
            ClientError.unintelligible(host, reason: "\(error)")
        case is IOError, is ChannelError:
            ClientError.cut(host, reason: "\(error)")
        default:
            error
        }
    }
}
