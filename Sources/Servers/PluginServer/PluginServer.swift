import FoundationEssentials
import HTTPTypes
import HummingbirdCore
import Linux
public import Logging
import NIOCore
import NIOPosix
public import ServiceLifecycle
import Synchronization
public import Volumes

/// Docker's volume-plugin protocol on a unix socket: an engine that keeps its own containers, such
/// as dockerd or podman, gets our volumes through it.
///
/// A call that was begun is carried through, whether or not the client waits for the answer.
public struct PluginServer: Service {
    /// Requests are a name and a few options: what is larger is a mistake.
    private static let largestBody = 1 << 20

    private let listener: Listener
    private let calls: VolumeDriverCalls
    private let logger: Logger
    private let onListening: @Sendable () async -> Void

    /// - Parameters:
    ///   - socket: The socket's path; its file name without `.sock` is what clients call us.
    ///   - boot: Names this boot of the host: what clients mounted before it, they have no more.
    ///   - onListening: Called once clients can connect.
    public init(
        socket: String, volumes: VolumeManager, boot: String, logger: Logger,
        onListening: @escaping @Sendable () async -> Void = {}
    ) {
        listener = Listener(path: socket)
        calls = VolumeDriverCalls(volumes: volumes, boot: boot)
        self.logger = logger
        self.onListening = onListening
    }

    /// Serves until the service is shut down: then those calls that run are finished.
    public func run() async throws {
        let draft = try listener.prepare()
        let failure = Mutex<(any Error)?>(nil)
        let server = try HTTPServerBuilder.http1().buildServer(
            configuration: ServerConfiguration(address: .unixDomainSocket(path: draft)),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: quiet,
            responder: { request, writer, _ in
                let answer = await answer(to: request)
                try await writer.write(
                    response: answer.head, body: ResponseBody(byteBuffer: answer.body))
            },
            onServerRunning: { channel in
                do {
                    try listener.publish(draft)
                    await onListening()
                } catch {
                    failure.withLock { $0 = error }
                    try? await channel.close()
                }
            })
        defer { listener.withdraw(draft) }
        try await server.run()
        if let error = failure.withLock({ $0 }) { throw error }
    }

    private func answer(to request: Request) async -> PluginAnswer {
        let path = request.head.path ?? "/"
        guard request.method == .post else {
            return .failure("\(request.method) \(path): the protocol has only POST", .notFound)
        }
        do {
            let body = try await request.body.collect(upTo: Self.largestBody)
            let answer = await calls.answer(path, Data(body.readableBytesView))
            log(path, answer)
            return answer
        } catch {
            return .failure("\(path): the request could not be read: \(error)", .badRequest)
        }
    }

    private func log(_ path: String, _ answer: PluginAnswer) {
        guard let error = answer.error else {
            return logger.debug("plugin call answered", metadata: ["call": "\(path)"])
        }
        logger.info("plugin call refused", metadata: ["call": "\(path)", "reason": "\(error)"])
    }

    /// The library's own lines at `info` name the socket by the name it has until it is published.
    private var quiet: Logger {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        return quiet
    }
}
