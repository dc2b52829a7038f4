import ContainerdAPI
import Containers
import FoundationEssentials
import GRPCCore
import SwiftProtobuf
import Synchronization

/// The layers that containerd holds unpacked, and containers' own layers on top of them.
final class Snapshots: Sendable {
    private static let slowestApply = Duration.seconds(3600)

    private let connection: Connection
    private let chosen = Mutex<String?>(nil)

    init(_ connection: Connection) {
        self.connection = connection
    }

    /// overlayfs, or copies where the filesystem under containerd can't do that.
    func snapshotter() async throws -> String {
        if let chosen = chosen.withLock({ $0 }) { return chosen }
        let plugins = try await connection.call {
            try await $0.introspection.plugins(
                .with { $0.filters = ["type==io.containerd.snapshotter.v1"] },
                metadata: $0.metadata, options: $0.options)
        }.plugins
        let hasOverlay = plugins.contains { $0.id == "overlayfs" && !$0.hasInitErr }
        let name = hasOverlay ? "overlayfs" : "native"
        chosen.withLock { $0 = name }
        return name
    }

    /// Unpacks the image's layers, except what is unpacked already.
    func unpack(
        _ image: ImageContent, lease: String, done: (BlobDescriptor) -> Void = { _ in }
    ) async throws {
        let snapshotter = try await snapshotter()
        var parent = ""
        for (layer, id) in zip(image.layers, image.layerIDs) {
            let name = Digest.chain([parent, id.description].compactMap(Digest.init))?.description
            guard let name else { throw ImageProblem("it has layers without digests") }
            if try await !exists(name, in: snapshotter) {
                try await apply(
                    layer, id: id, over: parent, as: name, in: snapshotter, lease: lease)
            }
            done(layer)
            parent = name
        }
        // The image keeps its configuration, and that its layers, from being swept.
        let content = ContentStore(connection: connection)
        guard !parent.isEmpty else { return }
        try await content.label(
            image.configuration.digest, ["containerd.io/gc.ref.snapshot.\(snapshotter)": parent])
    }

    private func exists(_ name: String, in snapshotter: String) async throws -> Bool {
        try await unlessMissing {
            try await connection.call {
                try await $0.snapshots.stat(
                    .with {
                        $0.snapshotter = snapshotter
                        $0.key = name
                    }, metadata: $0.metadata, options: $0.options)
            }
        } != nil
    }

    private func apply(
        _ layer: BlobDescriptor, id: Digest, over parent: String, as name: String,
        in snapshotter: String, lease: String
    ) async throws {
        let key = "extract-\(UUID().uuidString.lowercased()) \(name)"
        do {
            let mounts = try await prepare(
                key, over: parent, in: snapshotter, labels: ["containerd.io/snapshot.ref": name],
                lease: lease)
            let applied = try await connection.call(within: Self.slowestApply, lease: lease) {
                try await $0.diffs.apply(
                    .with {
                        $0.diff = layer.message
                        $0.mounts = mounts
                    }, metadata: $0.metadata, options: $0.options)
            }
            guard applied.applied.digest == id.description else {
                throw ImageProblem("layer \(layer.digest) holds something else than \(id)")
            }
            try await commit(key, as: name, in: snapshotter, lease: lease)
        } catch {
            // Whatever the reason: a half-unpacked layer must not stay. The lease is what counts.
            try? await remove(key, in: snapshotter)
            guard let error = error as? RPCError, error.code == .alreadyExists else { throw error }
        }
    }

    private func commit(
        _ key: String, as name: String, in snapshotter: String, lease: String
    ) async throws {
        _ = try await connection.call(lease: lease, repeatable: false) {
            try await $0.snapshots.commit(
                .with {
                    $0.snapshotter = snapshotter
                    $0.key = key
                    $0.name = name
                }, metadata: $0.metadata, options: $0.options)
        }
    }

    /// Makes a layer over another, read-write.
    func prepare(
        _ key: String, over parent: String, in snapshotter: String,
        labels: [String: String] = [:], lease: String? = nil
    ) async throws -> [MountMessage] {
        try await connection.call(lease: lease) {
            try await $0.snapshots.prepare(
                .with {
                    $0.snapshotter = snapshotter
                    $0.key = key
                    $0.parent = parent
                    $0.labels = labels
                }, metadata: $0.metadata, options: $0.options)
        }.mounts
    }

    func mounts(of key: String, in snapshotter: String) async throws -> [MountMessage] {
        try await connection.call {
            try await $0.snapshots.mounts(
                .with {
                    $0.snapshotter = snapshotter
                    $0.key = key
                }, metadata: $0.metadata, options: $0.options)
        }.mounts
    }

    /// Bytes that a layer takes by itself.
    func size(of key: String, in snapshotter: String) async throws -> Int64 {
        try await connection.call {
            try await $0.snapshots.usage(
                .with {
                    $0.snapshotter = snapshotter
                    $0.key = key
                }, metadata: $0.metadata, options: $0.options)
        }.size
    }

    func remove(_ key: String, in snapshotter: String) async throws {
        _ = try await connection.call {
            try await $0.snapshots.remove(
                .with {
                    $0.snapshotter = snapshotter
                    $0.key = key
                }, metadata: $0.metadata, options: $0.options)
        }
    }
}
