import Containers
import FoundationEssentials
import Glibc
import Linux

/// What a container has of the network, as it is kept for those who come after a crash.
struct NetworkRecord: Codable, Sendable {
    var container: ContainerID
    var namespace: String
    var subnet: String
    var ports: [PortMapping]
    /// Nil until it is all made.
    var endpoint: Endpoint?
}

/// The records of all containers, and of the bridge, as files that a reboot may take.
struct NetworkRecords: Sendable {
    /// The bridge that we made, or were about to.
    struct Bridge: Codable, Hashable, Sendable {
        var name: String
        var subnet: String
        /// Which boot of this host it belongs to: nothing of it survives into another.
        var boot: String
    }

    let folder: String

    private var bridgePath: String { folder + "/bridge.json" }

    var bridge: Bridge? {
        read(Bridge.self, at: bridgePath)
    }

    func keep(_ bridge: Bridge) throws {
        try prepare()
        try write(JSONEncoder().encode(bridge), to: bridgePath)
    }

    func forgetBridge() { unlink(bridgePath) }

    var all: [NetworkRecord] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(".container") }.sorted()
            .compactMap { read(NetworkRecord.self, at: "\(folder)/\($0)") }
    }

    func keep(_ record: NetworkRecord) throws {
        try prepare()
        try write(JSONEncoder().encode(record), to: path(of: record.container))
    }

    func forget(_ container: ContainerID) { unlink(path(of: container)) }

    func namespace(of container: ContainerID) -> String { "\(folder)/\(container).ns" }

    private func path(of container: ContainerID) -> String { "\(folder)/\(container).container" }

    private func prepare() throws {
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
    }

    /// Nil if there is none.
    private func read<Record: Decodable>(_ type: Record.Type, at path: String) -> Record? {
        (try? OpenFile.bytes(at: path)).flatMap {
            try? JSONDecoder().decode(type, from: Data($0))
        }
    }

    /// All of it or nothing.
    private func write(_ data: Data, to path: String) throws {
        try data.write(to: URL(filePath: path), options: .atomic)
    }
}
