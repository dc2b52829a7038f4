import Containers
import FoundationEssentials

/// What makes up one image: its documents from the index or manifest down, and its layers.
struct ImageContent: Sendable {
    /// An index, manifest or configuration, and what of it containerd must keep with it.
    struct Document: Sendable {
        let descriptor: BlobDescriptor
        let bytes: [UInt8]
        /// Labels that tell containerd's garbage collection which blobs this one needs.
        let labels: [String: String]
    }

    /// Those that come first need those that come later.
    let documents: [Document]
    let configuration: BlobDescriptor
    let settings: ConfigurationDocument
    let layers: [BlobDescriptor]

    /// The digests of the layers when they are not compressed.
    var layerIDs: [Digest] { settings.rootfs?.layers ?? [] }
    /// The snapshot that holds all layers; empty without layers.
    var chainID: String { Digest.chain(layerIDs)?.description ?? "" }
    var target: BlobDescriptor { documents[0].descriptor }

    var size: Int64 {
        documents.reduce(0) { $0 + $1.descriptor.size } + layers.reduce(0) { $0 + $1.size }
    }

    func image(named names: [String], digests: [String]) -> Image {
        Image(
            id: configuration.digest.description, names: names.sorted(), digests: digests.sorted(),
            size: size, createdAt: settings.createdAt, chainID: chainID,
            configuration: settings.configuration,
            layers: zip(layerIDs, layers).map {
                ImageLayer(id: $0.description, size: $1.size)
            },
            history: settings.steps(sizes: layers.map(\.size)))
    }
}

extension ImageContent {
    typealias Read = (BlobDescriptor) async throws -> [UInt8]

    /// Larger documents are not what they claim to be.
    static let largestDocument = 8 << 20
    private static let deepestIndex = 4

    /// Follows `target` to the image for `platform`, through `read`.
    ///
    /// Of an index only what `isPresent` is looked at.
    init(
        of target: BlobDescriptor, for platform: Platform = .current,
        isPresent: (BlobDescriptor) -> Bool = { _ in true }, read: Read
    ) async throws {
        var documents: [Document] = []
        var descriptor = target
        while true {
            let (document, bytes) = try await Self.document(
                ManifestDocument.self, at: descriptor, read: read)
            documents.append(
                Document(
                    descriptor: descriptor, bytes: bytes, labels: Self.labels(for: document)))
            if let manifests = document.manifests, documents.count < Self.deepestIndex {
                descriptor = try Self.choose(
                    from: manifests.filter(isPresent), for: platform)
                continue
            }
            guard let configuration = document.config, let layers = document.layers else {
                throw ImageProblem("\(descriptor.digest) is no manifest of schema 2 or OCI")
            }
            let (settings, text) = try await Self.document(
                ConfigurationDocument.self, at: configuration, read: read)
            documents.append(Document(descriptor: configuration, bytes: text, labels: [:]))
            guard settings.rootfs?.layers?.count ?? 0 == layers.count else {
                throw ImageProblem("\(configuration.digest) is for another number of layers")
            }
            self.init(
                documents: documents, configuration: configuration, settings: settings,
                layers: layers)
            return
        }
    }

    private static func document<Value: Decodable>(
        _ type: Value.Type, at descriptor: BlobDescriptor, read: Read
    ) async throws -> (Value, [UInt8]) {
        guard descriptor.size <= largestDocument else {
            throw ImageProblem("\(descriptor.digest) is too large for a document")
        }
        let bytes = try await read(descriptor)
        guard Digest(of: bytes) == descriptor.digest else {
            throw ImageProblem("\(descriptor.digest) holds something else")
        }
        do {
            return (try JSONDecoder().decode(type, from: Data(bytes)), bytes)
        } catch {
            throw ImageProblem("\(descriptor.digest) can't be understood: \(error)")
        }
    }

    private static func choose(
        from manifests: [BlobDescriptor], for platform: Platform
    ) throws -> BlobDescriptor {
        let suitable = manifests.compactMap { manifest in
            (manifest.platform.map(platform.suitability) ?? -100).map { ($0, manifest) }
        }
        guard let best = suitable.max(by: { $0.0 < $1.0 }) else {
            let others = Set(manifests.compactMap(\.platform?.description)).sorted()
            throw ImageProblem("it is for \(others.joined(separator: ", ")), not for \(platform)")
        }
        return best.1
    }

    private static func labels(for document: ManifestDocument) -> [String: String] {
        let prefix = "containerd.io/gc.ref.content."
        var labels: [String: String] = [:]
        for (index, manifest) in (document.manifests ?? []).enumerated() {
            labels["\(prefix)m.\(index)"] = manifest.digest.description
        }
        for (index, layer) in (document.layers ?? []).enumerated() {
            labels["\(prefix)l.\(index)"] = layer.digest.description
        }
        if let configuration = document.config {
            labels["\(prefix)config"] = configuration.digest.description
        }
        return labels
    }
}

/// What is wrong with an image, wherever it came from.
struct ImageProblem: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
