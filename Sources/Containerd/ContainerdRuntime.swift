import ContainerdAPI
public import Containers
public import Logging
import SwiftProtobuf

/// The runtime that works through containerd: a private one, started at the first need, or one
/// that somebody else runs.
///
/// Making one starts nothing. `run` must be running for the other methods to get anywhere: it
/// holds the connection.
public final class ContainerdRuntime: Runtime {
    let connection: Connection
    let snapshots: Snapshots
    let catalog: ImageCatalog
    let sweep: LayerSweep
    let logger: Logger
    let own: OwnContainerd?
    private let background = Background()

    public init(_ settings: ContainerdSettings, logger: Logger) {
        self.logger = logger
        own = settings.socket == nil ? OwnContainerd(settings) : nil
        let socket = settings.socket ?? OwnContainerd(settings).socket
        connection = Connection(to: socket, starting: own, background: background)
        snapshots = Snapshots(connection)
        catalog = ImageCatalog(connection, logger: logger)
        sweep = LayerSweep(connection, logger: logger)
    }

    /// Holds the connection to containerd until cancelled. Containers go on after that.
    public func run() async {
        await background.run()
    }

    /// Ends the private containerd if it runs no process of a container.
    public func stop() async throws {
        guard let own else { return }
        sweep.end()
        if try await own.stop() { logger.info("containerd stopped") }
    }

    public func awaken() async throws {
        _ = try await doing("ask containerd for its version") {
            try await connection.call {
                try await $0.version.version(.init(), metadata: $0.metadata, options: $0.options)
            }
        }
    }

    /// Whether containerd answers, or left processes to take up again. Starts nothing.
    public func isInUse() async -> Bool {
        if own?.hasProcesses == true { return true }
        return await connection.answers()
    }

    func keepLogShort() { own?.keepLogShort() }

    /// Where runc keeps what it knows of the private containerd's containers; nil for its own place.
    var runcFolder: String? { own?.runcFolder }
}
