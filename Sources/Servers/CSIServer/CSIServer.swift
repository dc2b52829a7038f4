import GRPCCore
import GRPCNIOTransportHTTP2Posix
import Linux
public import Logging
import NIOCore
import Pings
public import ServiceLifecycle
public import Volumes

/// The Container Storage Interface on a unix socket: Kubernetes and Nomad get our volumes through it.
///
/// A call that was begun is carried through, whether or not the client waits for the answer.
public struct CSIServer: Service {
    /// What an orchestrator calls us, and what our volumes' topology is about.
    public static let name = "csi.pouch"

    /// How long calls that run may take when the service is shut down, and clients to hang up.
    private static let patience = Duration.seconds(20)

    private let listener: Listener
    private let plugin: Plugin
    private let logger: Logger
    private let onListening: @Sendable () async -> Void

    /// - Parameters:
    ///   - socket: The socket's path.
    ///   - node: What an orchestrator calls this host; see ``isNodeName(_:)``.
    ///   - version: Of this pouchd.
    ///   - boot: Names this boot of the host: what was published before it is published no more.
    ///   - onListening: Called once clients can connect.
    public init(
        socket: String, node: String, version: String, volumes: VolumeManager, boot: String,
        logger: Logger, onListening: @escaping @Sendable () async -> Void = {}
    ) {
        listener = Listener(path: socket)
        plugin = Plugin(volumes: volumes, node: node, version: version, boot: boot)
        self.logger = logger
        self.onListening = onListening
    }

    /// Whether a name can be a value in a topology: 1 to 63 letters, digits, "-", "_" and ".", with
    /// a letter or a digit at either end.
    public static func isNodeName(_ text: String) -> Bool {
        text.utf8.count <= 63
            && text.wholeMatch(of: /[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?/) != nil
    }

    /// Serves until the service is shut down: then those calls that run are finished.
    public func run() async throws {
        let draft = try listener.prepare()
        defer { listener.withdraw(draft) }
        let server = GRPCServer(
            transport: .http2NIOPosix(
                address: .unixDomainSocket(path: draft), transportSecurity: .plaintext,
                config: Self.configuration),
            services: [
                IdentityService(plugin: plugin), ControllerService(plugin: plugin),
                NodeService(plugin: plugin),
            ],
            interceptors: [Outcome(logger: logger)])
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup { group in
                group.addTask { try await server.serve() }
                group.addTask {
                    // Answers once the socket is bound; throws if it never is, as `serve` does.
                    guard (try? await server.listeningAddress) != nil else { return }
                    do {
                        try listener.publish(draft)
                        await onListening()
                    } catch {
                        server.beginGracefulShutdown()
                        throw error
                    }
                }
                try await group.waitForAll()
            }
        } onGracefulShutdown: {
            server.beginGracefulShutdown()
        }
    }

    private static var configuration: HTTP2ServerTransport.Posix.Config {
        .defaults { configuration in
            // Orchestrators keep their lines open for ever.
            configuration.connection.maxGraceTime = patience
            configuration.channelDebuggingCallbacks.onAcceptTCPConnection = { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        PingAbsorber(isServer: true), position: .first)
                }
            }
        }
    }
}

/// What all three services act on.
struct Plugin: Sendable {
    let volumes: VolumeManager
    let node: String
    let version: String
    let boot: String
    let calls = RunningCalls()

    var topology: HostTopology { HostTopology(node: node) }

    /// The volume that a call names.
    func volume(_ id: String) throws(VolumeError) -> Volume { try volumes.volume(id) }
}
