import Containers
import Crypto
import FoundationEssentials
import GRPCCore
import Synchronization

/// The images of a docker or OCI archive, on their way into the content store.
struct ImageArchive: Sendable {
    /// An image of the archive; its layers are in the content store.
    struct Member: Sendable {
        let content: ImageContent
        let names: [String]
    }

    /// What the annotations that name an image are called.
    static let containerdName = "io.containerd.image.name"
    static let ociName = "org.opencontainers.image.ref.name"

    let file: ArchiveFile
    let store: ContentStore
    let lease: String

    /// Stores all layers, and says what images they make up.
    func members() async throws -> [Member] {
        let docker = try await file.document([DockerEntry].self, "manifest.json")
        if let index = try await file.document(ManifestDocument.self, "index.json") {
            return try await ociMembers(index, docker ?? [])
        }
        guard let docker, !docker.isEmpty else {
            throw ImageProblem("it has neither manifest.json nor index.json")
        }
        return try await dockerMembers(docker)
    }

    // MARK: - OCI

    private func ociMembers(
        _ index: ManifestDocument, _ docker: [DockerEntry]
    ) async throws -> [Member] {
        let tops = (index.manifests ?? []).filter { $0.platform?.os != "unknown" }
        var members: [Member] = []
        for top in tops {
            let content = try await ImageContent(
                of: top, isPresent: { file.file(Self.path(of: $0.digest)) != nil }
            ) { blob in
                let path = Self.path(of: blob.digest)
                guard let bytes = try await file.document(path) else {
                    throw ImageProblem("\(path) is missing")
                }
                return bytes
            }
            let twin = docker.first {
                $0.configuration.hasSuffix(content.configuration.digest.hex)
            }
            let names = try Self.name(in: top.annotations).map { [$0] } ?? twin?.names() ?? []
            members.append(Member(content: content, names: names))
        }
        guard !members.isEmpty else { throw ImageProblem("index.json names no image") }
        try await storeLayers(of: members.map(\.content))
        return members
    }

    private static func path(of digest: Digest) -> String { "blobs/sha256/\(digest.hex)" }

    /// The full name that the annotations give; a bare word is only a tag, and names nothing.
    private static func name(in annotations: [String: String]?) throws -> String? {
        guard
            let name = annotations?[containerdName]
                ?? annotations?[ociName].flatMap({ text in
                    text.contains { $0 == "/" || $0 == ":" } ? text : nil
                })
        else { return nil }
        return try ImageReference(name).description
    }

    private func storeLayers(of images: [ImageContent]) async throws {
        let layers = Dictionary(
            images.flatMap(\.layers).map { (Self.path(of: $0.digest), $0) },
            uniquingKeysWith: { first, _ in first })
        var files: [String: BlobDescriptor] = [:]
        for (path, layer) in layers {
            guard let file = file.file(path) else { throw ImageProblem("\(path) is missing") }
            files[file] = layer
        }
        try await file.read(Set(files.keys)) { contents in
            guard let layer = files[contents.path] else { return }
            try await store.write(
                "pouch-\(layer.digest)", size: layer.size, expecting: layer.digest, lease: lease
            ) { try await $0.fill(from: contents) }
        }
    }

    // MARK: - docker

    /// One image in docker's `manifest.json`.
    private struct DockerEntry: Decodable {
        let configuration: String
        let tags: [String]?
        let layers: [String]

        private enum CodingKeys: String, CodingKey {
            case configuration = "Config"
            case tags = "RepoTags"
            case layers = "Layers"
        }

        func names() throws -> [String] {
            try (tags ?? []).map { try ImageReference($0).description }
        }
    }

    private func dockerMembers(_ entries: [DockerEntry]) async throws -> [Member] {
        var configurations: [(bytes: [UInt8], layers: [Digest])] = []
        var expected: [String: Digest] = [:]
        for entry in entries {
            guard let bytes = try await file.document(entry.configuration) else {
                throw ImageProblem("\(entry.configuration) is missing")
            }
            let ids = try decode(bytes, as: entry.configuration).rootfs?.layers ?? []
            guard ids.count == entry.layers.count else {
                throw ImageProblem("\(entry.configuration) is for another number of layers")
            }
            for (layer, id) in zip(entry.layers, ids) {
                guard let path = file.file(layer) else {
                    throw ImageProblem("\(layer) is missing")
                }
                expected[path] = id
            }
            configurations.append((bytes, ids))
        }
        let stored = try await storeDockerLayers(expected)
        var members: [Member] = []
        for (entry, configuration) in zip(entries, configurations) {
            let layers = entry.layers.compactMap { file.file($0).flatMap { stored[$0] } }
            let content = try await content(of: configuration.bytes, layers)
            members.append(Member(content: content, names: try entry.names()))
        }
        return members
    }

    private func decode(_ bytes: [UInt8], as name: String) throws -> ConfigurationDocument {
        do {
            return try JSONDecoder().decode(ConfigurationDocument.self, from: Data(bytes))
        } catch {
            throw ImageProblem("\(name) can't be understood: \(error)")
        }
    }

    /// Stores layers that the archive has by any name, compressed or not.
    private func storeDockerLayers(
        _ expected: [String: Digest]
    ) async throws -> [String: BlobDescriptor] {
        var stored: [String: BlobDescriptor] = [:]
        try await file.read(Set(expected.keys)) { contents in
            let start = try await contents.next()
            let type = MediaType.layer(beginning: start)
            let digest: Digest
            if type == MediaType.layer, let id = expected[contents.path] {
                digest = try await store.write(
                    "pouch-\(id)", size: contents.size, expecting: id, lease: lease
                ) { try await $0.fill(from: contents, beginning: start) }
            } else {
                digest = try await storeUnknown(contents, beginning: start)
            }
            stored[contents.path] = BlobDescriptor(
                mediaType: type, digest: digest, size: contents.size)
        }
        return stored
    }

    /// Stores a blob whose digest only reading it tells.
    private func storeUnknown(
        _ contents: ArchiveFile.Contents, beginning start: [UInt8]
    ) async throws -> Digest {
        let seen = Mutex(SHA256())
        let name = "pouch-\(UUID().uuidString.lowercased())"
        do {
            return try await store.write(
                name, size: contents.size, expecting: nil, lease: lease
            ) { ingest in
                var piece = start
                while !piece.isEmpty {
                    let bytes = piece
                    seen.withLock { $0.update(data: bytes) }
                    try await ingest.write(bytes)
                    piece = try await contents.next()
                }
            }
        } catch let error as RPCError where error.code == .alreadyExists {
            // The lease has to hear of it as well, so ask for that very blob.
            let digest = Digest(seen.withLock { $0.finalize() })
            return try await store.write(
                "pouch-\(digest)", size: contents.size, expecting: digest, lease: lease
            ) { _ in throw ImageProblem("\(digest) came and went") }
        }
    }

    /// The image that a docker configuration and these layers make: docker's archives have no
    /// manifest, so here is one.
    private func content(
        of configuration: [UInt8], _ layers: [BlobDescriptor]
    ) async throws -> ImageContent {
        let described = BlobDescriptor(
            mediaType: MediaType.configuration, digest: Digest(of: configuration),
            size: Int64(configuration.count))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let manifest = Array(
            try encoder.encode(
                ManifestDocument(
                    schemaVersion: 2, mediaType: MediaType.manifest, config: described,
                    layers: layers)))
        let target = BlobDescriptor(
            mediaType: MediaType.manifest, digest: Digest(of: manifest),
            size: Int64(manifest.count))
        return try await ImageContent(of: target) { blob in
            blob.digest == target.digest ? manifest : configuration
        }
    }
}

extension ContentStore.Ingest {
    /// Writes what the archive's file holds, from where an earlier attempt ended.
    func fill(from contents: ArchiveFile.Contents, beginning start: [UInt8]? = nil) async throws {
        var skip = offset
        var piece = if let start { start } else { try await contents.next() }
        while !piece.isEmpty {
            let there = min(Int64(piece.count), skip)
            skip -= there
            try await write(piece.dropFirst(Int(there)))
            piece = try await contents.next()
        }
    }
}
