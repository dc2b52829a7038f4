import Containers
import FoundationEssentials
import HTTPTypes
import HummingbirdCore
import NIOCore
import PouchAPI
import Volumes

/// Files of containers and of volumes, as tar streams.
struct ArchiveRoutes: Sendable {
    let containers: ContainerManager
    let volumes: VolumeManager

    var routes: [Route] {
        [
            Route(.head, "/containers/{id}/archive", look),
            Route(.get, "/containers/{id}/archive", pack),
            Route(.put, "/containers/{id}/archive", unpack),
            Route(.get, "/containers/{id}/export", exportContainer),
            Route(.get, "/containers/{id}/changes", changes),
            Route(.get, "/volumes/{name}/archive", export),
            Route(.put, "/volumes/{name}/archive", `import`),
        ]
    }

    @Sendable private func look(_ call: Call) async throws -> Reply {
        var reply = Reply.status(.ok)
        reply.headers = try await status(call)
        return reply
    }

    @Sendable private func pack(_ call: Call) async throws -> Reply {
        let (path, id) = (try path(call), call["id"])
        let headers = try await status(call)
        var reply = Reply.stream(type: "application/x-tar") { client in
            let output = ClientOutput(client)
            try await containers.pack(path, of: id) { bytes in
                try await output.write(ByteBuffer(bytes: bytes))
            }
        }
        reply.headers = headers
        return reply
    }

    @Sendable private func unpack(_ call: Call) async throws -> Reply {
        try await containers.unpack(
            into: path(call), of: call["id"],
            keepsKinds: call.query.flag("noOverwriteDirNonDir"),
            ownedByUser: call.query.flag("copyUIDGID")
        ) { write in
            try await call.forEachPiece { try await write(Array($0.readableBytesView)) }
        }
        return .status(.ok)
    }

    // MARK: Volumes

    @Sendable private func export(_ call: Call) async throws -> Reply {
        let name = call["name"]
        let word = call.query["compression"] ?? ArchiveCompression.none.rawValue
        guard let compression = ArchiveCompression(rawValue: word) else {
            let known = ArchiveCompression.allCases.map(\.rawValue).joined(separator: ", ")
            throw Refusal.invalid("invalid compression \"\(word)\": use \(known)")
        }
        try volumes.check(exportOf: name)
        return .stream(type: compression.mediaType) { client in
            try await volumes.export(name, compression) { bytes in
                try await client.write(ByteBuffer(bytes: bytes))
            }
        }
    }

    @Sendable private func `import`(_ call: Call) async throws -> Reply {
        try await volumes.import(call["name"], force: call.query.flag("force")) { write in
            try await call.forEachPiece { try await write(Array($0.readableBytesView)) }
        }
        return .status(.noContent)
    }

    // MARK: Containers

    @Sendable private func exportContainer(_ call: Call) async throws -> Reply {
        let id = try containers.container(call["id"]).id.description
        return .stream(type: "application/x-tar") { client in
            let output = ClientOutput(client)
            try await containers.export(id) { try await output.write(ByteBuffer(bytes: $0)) }
        }
    }

    @Sendable private func changes(_ call: Call) async throws -> Reply {
        try .json(try await containers.changes(of: call["id"]).map { ContainerChange($0) })
    }

    private func path(_ call: Call) throws -> String {
        guard let path = call.query["path"], !path.utf8.contains(0) else {
            throw Refusal.invalid("field path is missing: name a path in the container")
        }
        return path.hasPrefix("/") ? path : "/" + path
    }

    private func status(_ call: Call) async throws -> HTTPFields {
        let found = try await containers.pathStatus(path(call), in: call["id"])
        let json = try JSONEncoder().encode(PathStat(found))
        return [.pathStat: json.base64EncodedString()]
    }
}

extension ContainerChange {
    fileprivate init(_ change: LayerChange) {
        let kind: Kind =
            switch change.kind {
            case .modified: .modified
            case .added: .added
            case .deleted: .deleted
            }
        self.init(path: change.path, kind: kind)
    }
}

extension ArchiveCompression {
    fileprivate var mediaType: String {
        switch self {
        case .none: "application/x-tar"
        case .gzip: "application/gzip"
        case .zstd: "application/zstd"
        }
    }
}

/// What Docker's header says of a path, in its words.
private struct PathStat: Encodable {
    let name: String
    let size: UInt64
    let mode: UInt32
    let mtime: String
    let linkTarget: String

    init(_ path: PathStatus) {
        name = path.name
        size = path.size
        mode = path.goMode
        mtime = Timestamp.precise(path.modifiedAt)
        linkTarget = path.linkTarget
    }
}

extension PathStatus {
    /// Permissions and kind as Go's library writes them, which is what Docker's clients read.
    fileprivate var goMode: UInt32 {
        let kindBits: UInt32 =
            switch kind {
            case .directory: 1 << 31
            case .symlink: 1 << 27
            case .blockDevice: 1 << 26
            case .characterDevice: 1 << 26 | 1 << 21
            case .fifo: 1 << 25
            case .socket: 1 << 24
            case .file: 0
            case .unknown: 1 << 19
            }
        let special: UInt32 =
            (mode & 0o4000 != 0 ? 1 << 23 : 0) | (mode & 0o2000 != 0 ? 1 << 22 : 0)
            | (mode & 0o1000 != 0 ? 1 << 20 : 0)
        return mode & 0o777 | special | kindBits
    }
}
