import Containers
import EngineServer
import Glibc
import Logging
import PouchAPI
import ServiceLifecycle
import Synchronization
import Volumes

/// The sockets: opened when everything has recovered, closed before anything else stops.
struct Doors: Service {
    let sockets: [String]
    let volumes: VolumeManager
    let containers: ContainerManager
    let events: EventLog
    let home: Home
    let logger: Logger

    /// Whom the sockets are shared with, if there is such a group.
    private static let group = "pouch"

    func run() async throws {
        _ = try await containers.recover()
        let closed = ClosedDoors(count: sockets.count)
        try await withThrowingTaskGroup { tasks in
            for socket in sockets {
                let server = server(on: socket) {
                    logger.info("listening", metadata: ["socket": "\(socket)"])
                    if closed.open() { Notification.ready.send() }
                }
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
