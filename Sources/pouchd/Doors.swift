import CSIServer
import Containers
import EngineServer
import Glibc
import Linux
import Logging
import PluginServer
import PouchAPI
import ServiceLifecycle
import Synchronization
import Volumes

/// The sockets: opened when everything has recovered, closed before anything else stops.
struct Doors: Service {
    let sockets: [String]
    /// Where dockerd and podman come in; nil if they don't.
    let pluginSocket: String?
    /// Where orchestrators come in; nil if they don't.
    let csi: CSISettings?
    let volumes: VolumeManager
    let containers: ContainerManager
    let events: EventLog
    let home: Home
    let logger: Logger

    /// Whom the sockets are shared with, if there is such a group.
    private static let group = "pouch"

    func run() async throws {
        _ = try await containers.recover()
        let boot = try BootID.current()
        for kind in [Owner.Kind.plugin, .csi] {
            await volumes.forgetUses(of: kind, notIn: boot)
        }
        let closed = ClosedDoors(
            count: sockets.count + (pluginSocket == nil ? 0 : 1) + (csi == nil ? 0 : 1))
        let opened: @Sendable (String) -> Void = { socket in
            logger.info("listening", metadata: ["socket": "\(socket)"])
            guard closed.open() else { return }
            Notification.ready.send()
            OwnMemory.giveBackCode()
        }
        try await withThrowingTaskGroup { tasks in
            for socket in sockets {
                let server = server(on: socket) { opened(socket) }
                tasks.addTask { try await server.run() }
            }
            if let socket = pluginSocket {
                try home.makeParent(of: socket)
                let server = PluginServer(
                    socket: socket, volumes: volumes, boot: boot, logger: logger
                ) { opened(socket) }
                tasks.addTask { try await server.run() }
            }
            if let csi {
                try home.makeParent(of: csi.socket)
                let server = CSIServer(
                    socket: csi.socket, node: csi.node, version: release, volumes: volumes,
                    boot: boot, logger: logger
                ) { opened(csi.socket) }
                tasks.addTask { try await server.run() }
            }
            try await tasks.waitForAll()
        }
        Notification.stopping.send()
    }

    private func server(
        on socket: String, onListening: @escaping @Sendable () async -> Void
    ) -> EngineServer {
        EngineServer(
            socket: socket, volumes: volumes, containers: containers, events: events,
            identity: Identity(version: release, home: home.path), spool: home.spool,
            group: getgrnam(Self.group) == nil ? nil : Self.group, logger: logger,
            onListening: onListening)
    }
}

/// Counts the doors that are still to be opened.
private final class ClosedDoors: Sendable {
    private let count: Mutex<Int>

    init(count: Int) {
        self.count = Mutex(count)
    }

    /// Whether that was the last one.
    func open() -> Bool {
        count.withLock { count in
            count -= 1
            return count == 0
        }
    }
}
