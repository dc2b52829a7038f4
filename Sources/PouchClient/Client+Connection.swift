import NIOCore
import NIOHTTP1
import NIOPosix

extension Client {
    typealias Connection = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>
    typealias Writer = NIOAsyncChannelOutboundWriter<HTTPClientRequestPart>

    /// One thread serves all of a command's connections.
    private static let group: MultiThreadedEventLoopGroup = {
        NIOSingletons.groupLoopCountSuggestion = 1
        return .singleton
    }()

    func connect() async throws -> Connection {
        do {
            return try await ClientBootstrap(group: Self.group)
                .connect(unixDomainSocketPath: host.path) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHTTPClientHandlers()
                        return try Connection(wrappingChannelSynchronously: channel)
                    }
                }
        } catch let error as IOError {
            throw ClientError.unreachable(host, errno: error.errnoCode)
        }
    }

    /// Sends the request while `answering` takes the answer, which may come before all is sent.
    func withSending<Result: Sendable>(
        of request: Request, to writer: Writer, over channel: any Channel,
        _ answering: @Sendable () async throws -> Result
    ) async throws -> Result {
        // A daemon that stops listening says why in its answer, so that is where to look.
        for part in request.parts { channel.write(part, promise: nil) }
        channel.flush()
        guard case .upload(let source, _) = request.body else { return try await answering() }
        return try await withThrowingTaskGroup { group in
            group.addTask {
                do {
                    try await send(source, to: writer)
                } catch {
                    channel.close(promise: nil)
                    throw error
                }
            }
            do {
                let result = try await answering()
                group.cancelAll()
                return result
            } catch {
                group.cancelAll()
                try await group.waitForAll()  // A source that can't be read is the better reason.
                throw error
            }
        }
    }

    private func send(_ source: Source, to writer: Writer) async throws {
        do {
            while let bytes = try await source.next() {
                try await writer.write(.body(.byteBuffer(bytes)))
            }
            try await writer.write(.end(nil))
        } catch is CancellationError {
            // The answer is already there.
        }
    }
}
