import NIOCore

/// What a client sends over a connection that carries bare bytes both ways.
struct ClientInput: Sendable {
    private let input: NIOLoopBound<RawInput>
    private let channel: any Channel

    /// Takes the connection away from HTTP, as far as reading is concerned.
    init(takingOver channel: any Channel) async throws {
        self.channel = channel
        input = try await channel.eventLoop.submit {
            let input = try channel.pipeline.syncOperations.handler(type: RawInput.self)
            input.take()
            return NIOLoopBound(input, eventLoop: channel.eventLoop)
        }.get()
    }

    /// Waits for the next bytes; nil when the client sends no more, or the task is cancelled.
    func next() async throws -> ByteBuffer? {
        guard !Task.isCancelled else { return nil }
        return try await withTaskCancellationHandler {
            try await channel.eventLoop.flatSubmit {
                input.value.next() ?? channel.eventLoop.makeSucceededFuture(nil)
            }.get()
        } onCancel: {
            channel.eventLoop.execute { input.value.stopWaiting() }
        }
    }

    /// Ends once the connection is no more.
    var isGone: AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        channel.closeFuture.whenComplete { _ in continuation.finish() }
        return stream
    }

    /// Ends the connection after what was written to it.
    func leave() {
        channel.eventLoop.execute { input.value.leave() }
    }
}
