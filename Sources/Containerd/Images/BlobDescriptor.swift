import ContainerdAPI
import SwiftProtobuf

/// What an index or a manifest says about a blob.
struct BlobDescriptor: Hashable, Codable, Sendable {
    var mediaType: String
    var digest: Digest
    var size: Int64
    var annotations: [String: String]?
    var platform: Platform?

    init(mediaType: String, digest: Digest, size: Int64) {
        self.mediaType = mediaType
        self.digest = digest
        self.size = size
    }

    /// Nil if containerd's digest is none that we know.
    init?(_ message: Descriptor) {
        guard let digest = Digest(message.digest) else { return nil }
        self.init(mediaType: message.mediaType, digest: digest, size: message.size)
    }

    var message: Descriptor {
        .with {
            $0.mediaType = mediaType
            $0.digest = digest.description
            $0.size = size
        }
    }
}

/// Kinds of blobs, as OCI and docker write them.
enum MediaType {
    static let index = "application/vnd.oci.image.index.v1+json"
    static let manifest = "application/vnd.oci.image.manifest.v1+json"
    static let configuration = "application/vnd.oci.image.config.v1+json"
    static let layer = "application/vnd.oci.image.layer.v1.tar"
    static let dockerIndex = "application/vnd.docker.distribution.manifest.list.v2+json"
    static let dockerManifest = "application/vnd.docker.distribution.manifest.v2+json"

    /// A layer's, by the first bytes of what it holds.
    static func layer(beginning bytes: some Collection<UInt8>) -> String {
        if bytes.starts(with: [0x1f, 0x8b]) { return layer + "+gzip" }
        if bytes.starts(with: [0x28, 0xb5, 0x2f, 0xfd]) { return layer + "+zstd" }
        return layer
    }
}
