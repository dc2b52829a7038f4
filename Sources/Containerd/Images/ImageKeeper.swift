/// Puts images where containerd finds them: their documents, and their layers unpacked.
struct ImageKeeper: Sendable {
    let connection: Connection
    let snapshots: Snapshots

    var content: ContentStore { ContentStore(connection: connection) }

    /// Keeps an image whose layers are in the content store already.
    func keep(
        _ image: ImageContent, lease: String,
        unpacked: (BlobDescriptor) -> Void = { _ in }
    ) async throws {
        for document in image.documents.reversed() {
            try await content.write(document, lease: lease)
        }
        try await snapshots.unpack(image, lease: lease, done: unpacked)
    }
}
