import Linux
import Volumes

/// Copies to and from containers, running or not.
extension ContainerManager {
    public func pathStatus(_ path: String, in reference: String) async throws -> PathStatus {
        try await withRoot(of: reference) { root, _ in try await root.status(of: path) }
    }

    /// Packs what is at a path, and what its status is before; `take` gets the tar stream.
    public func pack(
        _ path: String, of reference: String,
        _ take: @escaping @Sendable (_ bytes: [UInt8]) async throws -> Void
    ) async throws {
        try await withRoot(of: reference) { root, watch in
            let subject = try await root.subject(path)
            try await ByteFlow.read("pack \(path)") { descriptor in
                try Archiving.pack(subject, to: descriptor, .none)
            } _: { bytes in
                try await watch.client { try await take(bytes) }
            }
        }
    }

    /// Makes in the directory at a path what a tar stream holds, which `give` brings.
    ///
    /// With `ownedByUser`, all of it is the container's own user's; else whose the stream says.
    public func unpack(
        into path: String, of reference: String, keepsKinds: Bool, ownedByUser: Bool,
        _ give:
            @escaping @Sendable (
                _ write: @escaping (_ bytes: [UInt8]) async throws -> Void
            ) async throws -> Void
    ) async throws {
        let owner = ownedByUser ? try await core.owner(for: container(reference)) : nil
        try await withRoot(of: reference) { root, watch in
            let directory = try await root.directory(path)
            let intake = Archiving.Intake(
                keepsKinds: keepsKinds, followsSymlinks: true, owner: owner)
            do {
                _ = try await ByteFlow.write("unpack into \(path)") { descriptor in
                    try Archiving.unpack(
                        from: descriptor, into: directory, below: root.root, intake)
                } _: { write in
                    try await watch.client {
                        try await give { bytes in
                            try await watch.between { try await write(bytes) }
                        }
                    }
                }
            } catch let error as ArchiveError {
                throw ContainerError.badCopy(path, reason: error.description, error.isMalformed)
            }
        }
    }

    /// A container that runs is looked at as it is; one that doesn't can't start meanwhile, and a
    /// client that stalls is left when somebody waits for the container.
    private func withRoot<Answer: Sendable>(
        of reference: String,
        _ body: @escaping @Sendable (ContainerRoot, CopyWatch) async throws -> Answer
    ) async throws -> Answer {
        let id = try container(reference).id
        let watch = CopyWatch(patience: copyPatience) { [turns] in turns.isAwaited(id) }
        if let live = try await core.liveRoot(of: core.container(id)) {
            return try await body(live, watch)
        }
        return try await turns.take(id) {
            let container = try core.container(id)
            if let live = try await core.liveRoot(of: container) {
                return try await body(live, watch)
            }
            return try await core.withStillRoot(of: container) { root in
                try await watch.over { try await body(root, watch) }
            }
        }
    }
}
