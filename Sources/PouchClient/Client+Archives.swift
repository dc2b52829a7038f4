import FoundationEssentials
import NIOCore
import NIOHTTP1
public import PouchAPI

/// Files of containers and of volumes, as tar streams.
extension Client {
    /// What a container has at a path, as Docker's header says it.
    public struct PathStat: Decodable, Hashable, Sendable {
        public let name: String
        public let size: UInt64
        /// As Go writes it.
        public let mode: UInt32
        public let linkTarget: String

        public var isDirectory: Bool { mode & 1 << 31 != 0 }
        public var isSymlink: Bool { mode & 1 << 27 != 0 }
    }

    /// Nil if there is nothing at the path.
    public func stat(_ path: String, in container: String) async throws -> PathStat? {
        let target = try Target("/containers", container, "archive").adding("path", path)
        let header: String?
        do {
            header = try await exchange(.head(target)) { answer in
                answer.head.headers.first(name: "X-Docker-Container-Path-Stat")
            }
        } catch ClientError.refused(404, _, _) {
            // An answer without a body does not say what is missing.
            _ = try await inspectContainer(container)
            return nil
        }
        guard let header, let json = Data(base64Encoded: header) else {
            throw ClientError.unintelligible(host, reason: "no path stat")
        }
        return try decode(json)
    }

    /// Hands on the tar stream of what a container has at a path.
    public func packContainer(
        _ container: String, path: String, to write: @Sendable ([UInt8]) throws -> Void
    ) async throws {
        let target = try Target("/containers", container, "archive").adding("path", path)
        try await download(target, to: write)
    }

    /// Makes what a tar stream holds in a directory of a container. With `ownedByUser`, it
    /// belongs to the container's own user.
    public func unpackContainer(
        _ container: String, path: String, ownedByUser: Bool, from source: Source
    ) async throws {
        let target = try Target("/containers", container, "archive").adding("path", path)
            .adding("noOverwriteDirNonDir", if: true).adding("copyUIDGID", if: ownedByUser)
        try await bytes(.put(source, type: "application/x-tar", to: target))
    }

    /// Hands on all that is in a volume as a tar stream, compressed with `gzip` or `zstd` if asked.
    public func exportVolume(
        _ name: String, compression: String?, to write: @Sendable ([UInt8]) throws -> Void
    ) async throws {
        let target = try Target("/volumes", name, "archive").adding("compression", compression)
        try await download(target, to: write)
    }

    /// Makes what a tar stream holds the content of a volume; with `force`, of one that is not
    /// empty.
    public func importVolume(_ name: String, force: Bool, from source: Source) async throws {
        let target = try Target("/volumes", name, "archive").adding("force", if: force)
        try await bytes(.put(source, type: "application/x-tar", to: target))
    }

    /// Hands on a container's whole filesystem, without its volumes, as a tar stream.
    public func exportContainer(
        _ name: String, to write: @Sendable ([UInt8]) throws -> Void
    ) async throws {
        try await download(Target("/containers", name, "export"), to: write)
    }

    /// What a container made of its image, sorted by path.
    public func changes(of container: String) async throws -> [ContainerChange] {
        try await ask(.get(Target("/containers", container, "changes")))
    }

    /// Hands on images as one archive.
    public func saveImages(
        _ names: [String], to write: @Sendable ([UInt8]) throws -> Void
    ) async throws {
        let target = names.reduce(Target("/images/get")) { $0.adding("names", $1) }
        try await download(target, to: write)
    }

    private func download(
        _ target: Target, to write: @Sendable ([UInt8]) throws -> Void
    ) async throws {
        try await exchange(.get(target)) { answer in
            while let bytes = try await answer.next() { try write(Array(bytes.readableBytesView)) }
        }
    }
}
