import Linux
import Volumes

/// Copies to and from containers, running or not.
extension ContainerManager {
    public func pathStatus(_ path: String, in reference: String) async throws -> PathStatus {
        try await withRoot(of: reference) { root in try await root.status(of: path) }
    }

    /// Packs what is at a path, and what its status is before; `take` gets the tar stream.
    public func pack(
        _ path: String, of reference: String,
        _ take: (_ bytes: [UInt8]) async throws -> Void
    ) async throws {
        try await withRoot(of: reference) { root in
            let subject = try await root.subject(path)
            try await ByteFlow.read("pack \(path)") { descriptor in
                try Archiving.pack(subject, to: descriptor, .none)
            } _: { bytes in
                try await take(bytes)
            }
        }
    }

    /// Makes in the directory at a path what a tar stream holds, which `give` brings.
    ///
    /// With `ownedByUser`, all of it is the container's own user's; else whose the stream says.
    public func unpack(
        into path: String, of reference: String, keepsKinds: Bool, ownedByUser: Bool,
        _ give: (_ write: @escaping (_ bytes: [UInt8]) async throws -> Void) async throws -> Void
    ) async throws {
        let owner = ownedByUser ? try await core.owner(for: container(reference)) : nil
        try await withRoot(of: reference) { root in
            let directory = try await root.directory(path)
            let intake = Archiving.Intake(
                keepsKinds: keepsKinds, followsSymlinks: true, owner: owner)
            do {
                _ = try await ByteFlow.write("unpack into \(path)") { descriptor in
                    try Archiving.unpack(
                        from: descriptor, into: directory, below: root.root, intake)
                } _: { write in
                    try await give(write)
                }
            } catch let error as ArchiveError {
                throw ContainerError.badCopy(path, reason: error.description, error.isMalformed)
            }
        }
    }

    /// A container that runs is looked at as it is; one that doesn't can't start meanwhile.
    private func withRoot<Answer: Sendable>(
        of reference: String, _ body: (ContainerRoot) async throws -> Answer
    ) async throws -> Answer {
        let container = try container(reference)
        if let live = try await core.liveRoot(of: container) { return try await body(live) }
        return try await turns.take(container.id) {
            let container = try core.container(container.id)
            if let live = try await core.liveRoot(of: container) { return try await body(live) }
            return try await core.withStillRoot(of: container, body)
        }
    }
}
