import NIOCore
import NIOHTTP1

/// Sees to what the library leaves open: a connection that is to close after its answer does so,
/// whatever version or spelling says it, and a client that sends what is no request, or one too
/// large, is told and sent away, even if it goes on sending.
final class HeadGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// How long a client that was sent away may go on sending: what it is told would be lost if
    /// the connection closed while it sends.
    private static let farewell = TimeAmount.seconds(2)

    private var failure: HTTPParserError?
    private var closesAfterAnswer = false

    /// Puts one where it sees requests as the parser does, which knows their version.
    static func add(to channel: any Channel) throws {
        let pipeline = channel.pipeline.syncOperations
        let parser = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
        try pipeline.addHandler(HeadGuard(), position: .after(parser))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data),
            head.version != .http1_1 || !head.isKeepAlive
        else { return context.fireChannelRead(data) }
        closesAfterAnswer = true
        head.headers.replaceOrAdd(name: "Connection", value: "close")
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if failure == nil { failure = error as? HTTPParserError }
        context.fireErrorCaught(error)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head) where failure != nil && head.isTheLibrarysOwn:
            let explanation = explain(&head, context)
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(explanation))), promise: promise)
        case .head(var head) where closesAfterAnswer:
            head.headers.replaceOrAdd(name: "Connection", value: "close")
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .end where failure != nil:
            context.write(data, promise: promise)
            closeSoon(context)
        default: context.write(data, promise: promise)
        }
    }

    /// Makes the answer say what was wrong; returns its body.
    private func explain(
        _ head: inout HTTPResponseHead, _ context: ChannelHandlerContext
    ) -> ByteBuffer {
        var message = "this is no HTTP request"
        if failure == .headerOverflow {
            head.status = .requestHeaderFieldsTooLarge
            message = "the request's head is too large: 80 KiB is the limit"
        }
        let body = context.channel.allocator.buffer(string: #"{"message":"\#(message)"}"# + "\n")
        head.headers.replaceOrAdd(name: "Content-Type", value: "application/json")
        head.headers.replaceOrAdd(name: "Content-Length", value: String(body.readableBytes))
        return body
    }

    private func closeSoon(_ context: ChannelHandlerContext) {
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.farewell) {
            context.close(promise: nil)
        }
    }
}

extension HTTPResponseHead {
    /// What it says to what it can't parse; answers of ours to bad requests have a body.
    fileprivate var isTheLibrarysOwn: Bool {
        status == .badRequest && headers["Content-Length"] == ["0"]
    }
}
