import Containers
import FoundationEssentials
import Logging
import ServiceLifecycle
import TestSupport
import Testing
import Volumes

@testable import EngineServer

/// A server on a socket of its own, with a real engine behind it.
struct TestServer: Sendable {
    let socket: String
    let directory: String
    let volumes: VolumeManager
    let containers: ContainerManager
    let routes: [String]

    /// Runs `body` while the server runs.
    static func run(
        store: any Store = MemoryStore(),
        drivers: [any Driver] = [FakeFillableDriver(FakeDriver("local")), FakeDriver("other")],
        _ body: (TestServer) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let volumes = VolumeManager(store: store, drivers: Drivers(drivers), logger: logger)
            _ = try await volumes.recover(existing: [], running: [])
            let containers = ContainerManager(
                store: NoContainers(), volumes: volumes, runtime: NoRuntime(),
                places: Places(
                    home: directory, state: directory, scribe: "/bin/true"), logger: logger)
            let socket = directory + "/pouchd.sock"
            let (listening, hand) = AsyncStream<Void>.makeStream()
            let server = EngineServer(
                socket: socket, volumes: volumes, containers: containers,
                identity: Identity(version: "0.0.1", home: directory), spool: directory,
                logger: logger, onListening: { hand.finish() })
            let group = ServiceGroup(services: [server], logger: logger)
            try await withThrowingTaskGroup { tasks in
                tasks.addTask { try await group.run() }
                for await _ in listening {}
                let test = TestServer(
                    socket: socket, directory: directory, volumes: volumes,
                    containers: containers, routes: server.routes)
                do {
                    try await body(test)
                } catch {
                    await group.triggerGracefulShutdown()
                    throw error
                }
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
            }
        }
    }

    // MARK: Asking

    /// Asks once, on a connection of its own.
    func ask(
        _ method: String, _ path: String, _ body: String? = nil,
        type: String? = "application/json"
    ) async throws -> Answer {
        try await Connection.open(socket) { connection in
            try await connection.ask(method, path, body, type: type)
        }
    }

    func get(_ path: String) async throws -> Answer { try await ask("GET", path) }

    func post(_ path: String, _ body: String? = nil) async throws -> Answer {
        try await ask("POST", path, body)
    }

    func delete(_ path: String) async throws -> Answer { try await ask("DELETE", path) }

    /// Makes a volume through the engine.
    @discardableResult
    func make(_ name: String, labels: [String: String]? = nil) async throws -> Volume {
        try await volumes.create(
            VolumeRequest(name: VolumeName(name), labels: labels))
    }
}

extension Connection {
    mutating func ask(
        _ method: String, _ path: String, _ body: String? = nil,
        type: String? = "application/json"
    ) async throws -> Answer {
        var head = "\(method) \(path) HTTP/1.1\r\nHost: pouch\r\n"
        if let body {
            if let type { head += "Content-Type: \(type)\r\n" }
            head += "Content-Length: \(body.utf8.count)\r\n"
        }
        try await send(head + "\r\n" + (body ?? ""))
        return try await answer(toHead: method == "HEAD")
    }
}

extension String {
    /// The text as a query's value.
    var escaped: String {
        utf8.map { byte in
            let isPlain = byte < 128 && (Character(UnicodeScalar(byte)).isLetter || byte == 0x2e)
            return isPlain ? String(UnicodeScalar(byte)) : "%" + Self.hex(byte)
        }.joined()
    }

    private static func hex(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
}

/// Remembers no containers.
private struct NoContainers: ContainerStore {
    func containers() async throws -> [Container] { [] }
    func save(_ container: Container) async throws {}
    func forget(_ container: ContainerID) async throws {}
}
