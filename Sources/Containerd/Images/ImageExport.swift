import Containers
import FoundationEssentials
import Linux

/// Images on their way out: an archive that is an OCI layout and docker's kind at once, so that
/// whatever reads either takes it in.
struct ImageExport: Sendable {
    struct Member: Sendable {
        let content: ImageContent
        /// In full; none where an image was meant by its id.
        let names: [String]
    }

    /// One image in docker's `manifest.json`.
    private struct DockerEntry: Encodable {
        let configuration: String
        let tags: [String]?
        let layers: [String]

        private enum CodingKeys: String, CodingKey {
            case configuration = "Config"
            case tags = "RepoTags"
            case layers = "Layers"
        }
    }

    private struct Layout: Encodable {
        let imageLayoutVersion = "1.0.0"
    }

    let members: [Member]
    let store: ContentStore

    /// Hands on the archive piece by piece.
    func write(_ take: @escaping @Sendable ([UInt8]) async throws -> Void) async throws {
        let tar = try TarWriter()
        for document in try documents() {
            try await take(
                tar.begin(document.path, size: Int64(document.bytes.count))
                    + tar.write(document.bytes))
        }
        var written: Set<Digest> = []
        for layer in members.flatMap(\.content.layers) where written.insert(layer.digest).inserted {
            try await take(tar.begin(Self.path(of: layer.digest), size: layer.size))
            try await store.read(layer) { try await take(tar.write($0)) }
        }
        try await take(tar.finish())
    }

    /// All but the layers, which are what may be large.
    private func documents() throws -> [(path: String, bytes: [UInt8])] {
        var documents: [(path: String, bytes: [UInt8])] = [
            ("oci-layout", try Self.json(Layout())),
            ("index.json", try Self.json(index)),
            ("manifest.json", try Self.json(members.map { Self.dockerEntry(of: $0) })),
        ]
        var written: Set<Digest> = []
        for document in members.flatMap({ $0.content.documents.suffix(2) })
        where written.insert(document.descriptor.digest).inserted {
            documents.append((Self.path(of: document.descriptor.digest), document.bytes))
        }
        return documents
    }

    /// Names each image by its own manifest, whatever index it came in: the rest of that is not here.
    private var index: ManifestDocument {
        var index = ManifestDocument(schemaVersion: 2)
        index.mediaType = MediaType.index
        index.manifests = members.flatMap { member -> [BlobDescriptor] in
            guard let manifest = member.content.documents.suffix(2).first?.descriptor else {
                return []
            }
            var plain = manifest
            plain.annotations = nil
            guard !member.names.isEmpty else { return [plain] }
            return member.names.map { name in
                var named = plain
                named.annotations = Self.annotations(for: name)
                return named
            }
        }
        return index
    }

    private static func annotations(for name: String) -> [String: String] {
        var annotations = [ImageArchive.containerdName: name]
        annotations[ImageArchive.ociName] = (try? ImageReference(name))?.tag
        return annotations
    }

    private static func dockerEntry(of member: Member) -> DockerEntry {
        let tags = member.names.compactMap { (try? ImageReference($0))?.familiar }
        return DockerEntry(
            configuration: path(of: member.content.configuration.digest),
            tags: tags.isEmpty ? nil : tags,
            layers: member.content.layers.map { path(of: $0.digest) })
    }

    private static func path(of digest: Digest) -> String { "blobs/sha256/\(digest.hex)" }

    private static func json(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }
}
