import ContainerdAPI
import Containers
import FoundationEssentials
import GRPCCore
import Logging
import SwiftProtobuf
import Synchronization

/// The names that containerd has images by, and what the names mean.
///
/// Asks containerd each time, as others may change it; only what a digest stands for is kept.
final class ImageCatalog: Sendable {
    /// An image and all records that name it.
    struct Entry: Sendable {
        let image: Image
        let content: ImageContent
        let records: [ImageRecord]
    }

    /// On a record: the name with digest by which a registry gave the image.
    static let pulledLabel = "pouch.digest"

    private let connection: Connection
    private let logger: Logger
    private let known = Mutex<[BlobDescriptor: ImageContent]>([:])

    init(_ connection: Connection, logger: Logger) {
        self.connection = connection
        self.logger = logger
    }

    // MARK: - Asking

    func entries() async throws -> [Entry] {
        let records = try await connection.call {
            try await $0.images.list(.init(), metadata: $0.metadata, options: $0.options)
        }.images
        var contents: [Digest: ImageContent] = [:]
        var groups: [Digest: [ImageRecord]] = [:]
        var targets: Set<BlobDescriptor> = []
        for record in records {
            guard let target = BlobDescriptor(record.target) else { continue }
            targets.insert(target)
            guard let content = await content(of: target, named: record.name) else { continue }
            let id = content.configuration.digest
            contents[id] = contents[id] ?? content
            groups[id, default: []].append(record)
        }
        forget(except: targets)
        return contents.map { id, content in Self.entry(content, groups[id] ?? []) }
    }

    /// The image with this name, id, or unambiguous beginning of an id.
    func entry(_ reference: String) async throws -> Entry {
        let entries = try await entries()
        if let entry = entries.first(where: { $0.image.id == reference }) { return entry }
        let named = entries.first { $0.records.contains { $0.isMeant(by: reference) } }
        if let named { return named }
        let digits = reference.hasPrefix("sha256:") ? reference.dropFirst(7) : reference[...]
        guard !digits.isEmpty, digits.utf8.count <= 64, Digest.isHex(digits.utf8) else {
            throw ContainerError.noSuchImage(reference)
        }
        let matches = entries.filter { $0.image.id.dropFirst(7).hasPrefix(digits) }
        guard matches.count < 2 else { throw ContainerError.ambiguousImage(reference) }
        guard let match = matches.first else { throw ContainerError.noSuchImage(reference) }
        return match
    }

    private static func entry(_ content: ImageContent, _ records: [ImageRecord]) -> Entry {
        let names = records.map(\.name).filter { !$0.contains("sha256:") }
        let digests = records.compactMap { record in
            record.name.contains("@") ? record.name : record.labels[pulledLabel]
        }
        return Entry(
            image: content.image(named: names, digests: Array(Set(digests))), content: content,
            records: records)
    }

    /// Nil if the image is incomplete, as one that is being fetched or was made by others may be.
    private func content(of target: BlobDescriptor, named name: String) async -> ImageContent? {
        if let content = known.withLock({ $0[target] }) { return content }
        do {
            let store = ContentStore(connection: connection)
            let content = try await ImageContent(of: target, read: store.read)
            known.withLock { $0[target] = content }
            return content
        } catch {
            logger.debug("image left out", metadata: ["name": "\(name)", "error": "\(error)"])
            return nil
        }
    }

    private func forget(except targets: Set<BlobDescriptor>) {
        known.withLock { known in
            known = known.filter { targets.contains($0.key) }
        }
    }

    // MARK: - Changing

    /// Gives the image a name, which another image may lose; without a name it goes by its id.
    func name(
        _ content: ImageContent, _ name: String?, labels: [String: String] = [:]
    ) async throws {
        let id = content.configuration.digest.description
        let entries = try await entries()
        let present = entries.first { $0.image.id == id }
        guard let name else {
            if present == nil { try await record(id, content.target, labels: labels) }
            return
        }
        if let other = entries.first(where: { $0.image.names == [name] && $0.image.id != id }) {
            // docker, too, lists the one that lost its last name, as <none>.
            try await record(other.image.id, other.content.target, labels: [:])
        }
        try await record(name, content.target, labels: labels)
        if present?.records.contains(where: { $0.name == id }) == true {
            try await forget(id)
        }
    }

    private func record(
        _ name: String, _ target: BlobDescriptor, labels: [String: String]
    ) async throws {
        let image = ImageRecord.with {
            $0.name = name
            $0.target = target.message
            $0.labels = labels
        }
        let made = try await unlessPresent {
            try await connection.call {
                try await $0.images.create(
                    .with { $0.image = image }, metadata: $0.metadata, options: $0.options)
            }
        }
        guard made == nil else { return }
        _ = try await connection.call {
            try await $0.images.update(
                .with {
                    $0.image = image
                    $0.updateMask.paths = ["target", "labels"]
                }, metadata: $0.metadata, options: $0.options)
        }
    }

    /// Removes a record; `sweeping` waits until what only it kept is gone from the disk.
    func forget(_ name: String, sweeping: Bool = false) async throws {
        _ = try await unlessMissing {
            try await connection.call(within: .seconds(600)) {
                try await $0.images.delete(
                    .with {
                        $0.name = name
                        $0.sync = sweeping
                    }, metadata: $0.metadata, options: $0.options)
            }
        }
    }
}

extension ImageRecord {
    /// Whether a name with tag, or one with digest, means this record. An id means no record.
    func isMeant(by reference: String) -> Bool {
        guard let reference = try? ImageReference(reference) else { return false }
        guard let digest = reference.digest else { return name == reference.description }
        let full = "\(reference.domain)/\(reference.path)@\(digest)"
        return name == full || labels[ImageCatalog.pulledLabel] == full
    }
}
