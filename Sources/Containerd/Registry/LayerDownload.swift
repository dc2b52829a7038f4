import AsyncHTTPClient
import Containers
import GRPCCore
import NIOCore

/// Brings layers from a registry into the content store, going on where an attempt broke off.
struct LayerDownload: Sendable {
    private static let attempts = 5
    private static let pause = Duration.milliseconds(200)
    /// How many layers come at a time.
    private static let width = 3

    let registry: RegistryClient
    let store: ContentStore
    let lease: String
    let progress: @Sendable (PullProgress) -> Void

    /// Fetches those that aren't there.
    func fetch(_ layers: [BlobDescriptor]) async throws {
        var seen: Set<Digest> = []
        let wanted = layers.filter { seen.insert($0.digest).inserted }
        for layer in wanted { report(layer, "Pulling fs layer") }
        var waiting = wanted.makeIterator()
        try await withThrowingTaskGroup { group in
            for _ in 0..<Self.width {
                guard let layer = waiting.next() else { break }
                group.addTask { try await fetch(layer) }
            }
            while try await group.next() != nil {
                guard let layer = waiting.next() else { continue }
                group.addTask { try await fetch(layer) }
            }
        }
    }

    private func fetch(_ layer: BlobDescriptor) async throws {
        for attempt in 1...Self.attempts {
            do {
                return try await tryFetching(layer)
            } catch let error as ContainerError {
                throw error
            } catch {
                try Task.checkCancellation()
                if let error = error as? RPCError {
                    // containerd has all of it, and it is not what it should be.
                    guard error.code == .failedPrecondition else { throw error }
                    try await store.abort(Self.name(of: layer))
                }
                guard attempt < Self.attempts else {
                    throw registry.failure("layer \(layer.digest): \(error)")
                }
                report(layer, "Retrying")
                try await Task.sleep(for: Self.pause * attempt)
            }
        }
    }

    private func tryFetching(_ layer: BlobDescriptor) async throws {
        try await store.write(
            Self.name(of: layer), size: layer.size, expecting: layer.digest, lease: lease
        ) { ingest in
            do {
                try await fill(ingest, with: layer)
            } catch is RegistryClient.RangeIgnored {
                ingest.restart()
                try await fill(ingest, with: layer)
            }
        }
        report(layer, "Download complete")
    }

    private func fill(_ ingest: ContentStore.Ingest, with layer: BlobDescriptor) async throws {
        guard ingest.offset < layer.size else { return }
        var piece: [UInt8] = []
        for try await part in try await registry.blob(layer.digest, from: ingest.offset) {
            piece += part.readableBytesView
            guard ingest.offset + Int64(piece.count) <= layer.size else {
                throw registry.failure("layer \(layer.digest) is larger than its manifest says")
            }
            guard piece.count >= ContentStore.pieceSize else { continue }
            try await ingest.write(piece)
            piece.removeAll(keepingCapacity: true)
            report(layer, "Downloading", ingest.offset)
        }
        try await ingest.write(piece)
        guard ingest.offset == layer.size else { throw HTTPClientError.remoteConnectionClosed }
    }

    private func report(_ layer: BlobDescriptor, _ status: String, _ current: Int64 = 0) {
        progress(
            PullProgress(
                id: layer.digest.short, status: status, current: current,
                total: status == "Downloading" ? layer.size : 0))
    }

    private static func name(of layer: BlobDescriptor) -> String { "pouch-\(layer.digest)" }
}
