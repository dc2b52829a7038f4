public import Containers
import HTTPTypes
import HummingbirdCore
import Linux
public import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
public import ServiceLifecycle
import Synchronization
public import Volumes

/// The Engine API on a unix socket: Docker's routes, and ours on top.
///
/// An action that was begun is carried through, whether or not the client waits for the answer:
/// the task that serves a request is not cancelled when its client leaves, except for streams.
public struct EngineServer: Service {
    private let listener: Listener
    private let responder: Responder
    private let logger: Logger
    private let onListening: @Sendable () async -> Void

    /// - Parameters:
    ///   - socket: The socket's path.
    ///   - spool: An existing directory for archives while they are uploaded.
    ///   - group: The group that may use the socket; nil leaves it to the daemon's own user.
    ///   - onListening: Called once clients can connect.
    public init(
        socket: String, volumes: VolumeManager, containers: ContainerManager,
        events: EventLog = EventLog(), identity: Identity, spool: String, group: String? = nil,
        logger: Logger,
        onListening: @escaping @Sendable () async -> Void = {}
    ) {
        listener = Listener(path: socket, group: group)
        responder = Responder(
            router: Router(
                SystemRoutes(identity: identity, volumes: volumes, containers: containers).routes
                    + ArchiveRoutes(containers: containers, volumes: volumes).routes
                    + PluginRoutes(volumes).routes + VolumeRoutes(volumes).routes
                    + ContainerRoutes(containers).routes
                    + LifeRoutes(containers).routes
                    + AttachRoutes(containers).routes + ExecRoutes(containers).routes
                    + ImageRoutes(containers: containers, spool: spool).routes
                    + NetworkRoutes(containers: containers).routes
                    + PruneRoutes(containers: containers).routes
                    + SwarmRoutes().routes
                    + EventRoutes(events: events).routes
                    + UsageRoutes(volumes: volumes, containers: containers).routes),
            identity: identity, logger: logger)
        self.logger = logger
        self.onListening = onListening
    }

    /// `METHOD /path` of every route, without version.
    var routes: [String] { responder.router.routes.map { "\($0.method) \($0.pattern)" } }

    /// Serves until the service is shut down: then no new requests are taken, those that run are
    /// finished, and streams end.
    public func run() async throws {
        let draft = try listener.prepare()
        let failure = Mutex<(any Error)?>(nil)
        let group = MultiThreadedEventLoopGroup.singleton
        let accepting = LoopExecutor(group.next())
        let server = try HTTPServerBuilder { EngineChannel($0) }.buildServer(
            configuration: ServerConfiguration(address: .unixDomainSocket(path: draft)),
            eventLoopGroup: group, logger: quiet,
            responder: { request, writer, channel in
                try await responder.respond(to: request, with: writer, on: channel)
            },
            onServerRunning: { channel in
                accepting.move(to: channel.eventLoop)
                do {
                    try listener.publish(draft)
                    await onListening()
                } catch {
                    failure.withLock { $0 = error }
                    try? await channel.close()
                }
            })
        defer { listener.withdraw(draft) }
        try await withTaskExecutorPreference(accepting) { try await server.run() }
        if let error = failure.withLock({ $0 }) { throw error }
    }

    /// The library's own lines at `info` name the socket by the name it has until it is published.
    private var quiet: Logger {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        return quiet
    }
}
