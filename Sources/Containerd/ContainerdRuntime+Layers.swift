import ContainerdAPI
public import Containers
import FoundationEssentials
import GRPCCore

extension ContainerdRuntime {
    public func makeLayer(
        for container: ContainerID, over image: Image
    ) async throws -> [LayerMount] {
        try await doing("make the layer of container \(container.short)") {
            let snapshotter = try await snapshots.snapshotter()
            let key = container.description
            let mounts = try await unlessPresent {
                try await prepareLayer(key, over: image, in: snapshotter)
            }
            let present: [MountMessage] =
                if let mounts { mounts } else {
                    try await snapshots.mounts(of: key, in: snapshotter)
                }
            return present.map {
                LayerMount(type: $0.type, source: $0.source, options: $0.options)
            }
        }
    }

    private func prepareLayer(
        _ key: String, over image: Image, in snapshotter: String
    ) async throws -> [MountMessage] {
        // A container that never ran has no record that would keep its layer from being swept.
        let labels = ["containerd.io/gc.root": Date.now.formatted(.iso8601)]
        do {
            return try await snapshots.prepare(
                key, over: image.chainID, in: snapshotter, labels: labels)
        } catch let error as RPCError where error.code == .notFound {
            try await unpack(image)
            return try await snapshots.prepare(
                key, over: image.chainID, in: snapshotter, labels: labels)
        }
    }

    /// Unpacks an image that came into containerd by other ways than ours.
    private func unpack(_ image: Image) async throws {
        let content = try await catalog.entry(image.id).content
        do {
            try await connection.withLease { lease in
                try await snapshots.unpack(content, lease: lease)
            }
        } catch let problem as ImageProblem {
            throw ContainerError.runtime(
                action: "unpack image \(image.id)", reason: problem.description)
        }
    }

    public func removeLayer(of container: ContainerID) async throws {
        try await doing("remove the layer of container \(container.short)") {
            let snapshotter = try await snapshots.snapshotter()
            let removed: Void? = try await unlessMissing {
                try await snapshots.remove(container.description, in: snapshotter)
            }
            if removed != nil { sweep.note() }
        }
    }

    public func layerSize(of container: ContainerID) async throws -> Int64 {
        try await doing("measure the layer of container \(container.short)") {
            let snapshotter = try await snapshots.snapshotter()
            return try await unlessMissing {
                try await snapshots.size(of: container.description, in: snapshotter)
            } ?? 0
        }
    }
}
