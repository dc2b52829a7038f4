import NIOCore

/// The bytes that a client sends after its request, once the connection has ceased to be HTTP's.
///
/// It stands below everything that knows HTTP and lets all pass until it takes over.
final class RawInput: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private enum Use {
        /// HTTP reads.
        case passed
        /// Whoever asks for the next piece does.
        case taken
        /// Nobody does any more.
        case ignored
    }

    private var use = Use.passed
    private var context: ChannelHandlerContext?
    private var held: CircularBuffer<ByteBuffer> = []
    private var waiting: EventLoopPromise<ByteBuffer?>?
    private var isAtEnd = false

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        end()
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch use {
        case .passed: context.fireChannelRead(data)
        case .ignored: break
        case .taken:
            let bytes = unwrapInboundIn(data)
            if let waiting {
                self.waiting = nil
                waiting.succeed(bytes)
            } else {
                held.append(bytes)
            }
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if use == .passed { return context.fireChannelReadComplete() }
        // One piece ahead of who takes them, so that the end is noticed.
        if use == .ignored || held.isEmpty { context.read() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let end = event as? ChannelEvent, end == .inputClosed else {
            return context.fireUserInboundEventTriggered(event)
        }
        self.end()
        switch use {
        case .passed: context.fireUserInboundEventTriggered(event)
        case .taken: break
        case .ignored: context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    private func end() {
        isAtEnd = true
        waiting?.succeed(nil)
        waiting = nil
    }

    // MARK: For who takes the bytes

    func take() {
        use = .taken
        context?.read()
    }

    func next() -> EventLoopFuture<ByteBuffer?>? {
        guard let context else { return nil }
        if let first = held.popFirst() { return context.eventLoop.makeSucceededFuture(first) }
        if isAtEnd { return context.eventLoop.makeSucceededFuture(nil) }
        let promise = context.eventLoop.makePromise(of: ByteBuffer?.self)
        waiting?.succeed(nil)
        waiting = promise
        context.read()
        return promise.futureResult
    }

    func stopWaiting() {
        waiting?.succeed(nil)
        waiting = nil
    }

    /// Says that no more is written, and lets the client hang up; one that doesn't is hung up on.
    func leave() {
        guard let context else { return }
        use = .ignored
        held.removeAll()
        let channel = context.channel
        context.pipeline.close(mode: .output, promise: nil)
        if isAtEnd { return channel.close(promise: nil) }
        context.read()
        context.eventLoop.scheduleTask(in: Self.patience) { channel.close(promise: nil) }
    }

    private static let patience = TimeAmount.seconds(10)
}
