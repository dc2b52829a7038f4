import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// A client's connection: the library's, with our guard where requests come in, and below all that
/// knows HTTP the input of connections that cease to be HTTP's.
struct EngineChannel: ServerChildChannel {
    private let http: HTTP1Channel

    init(_ responder: @escaping HTTPChannelHandler.Responder) {
        http = HTTP1Channel(responder: responder)
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        http.setup(channel: channel, logger: logger).flatMapThrowing { value in
            try HeadGuard.add(to: channel)
            try channel.pipeline.syncOperations.addHandler(RawInput(), position: .first)
            return value
        }
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async {
        let executor = LoopExecutor(value.channel.eventLoop)
        await withTaskExecutorPreference(executor) {
            await http.handle(value: value, logger: logger)
        }
    }
}
