import Linux
import Volumes

/// What a container made of its image, for those who only look: volumes are not part of it.
extension ContainerManager {
    private static let patience = 60

    /// What it wrote over its image and what it deleted, sorted by path.
    public func changes(of reference: String) async throws -> [LayerChange] {
        let container = try container(reference)
        let views = try await turns.take(container.id) {
            try await core.comparison(of: container.id)
        }
        return try await Blocking.run(
            "compare \(container.name) with its image", stalledFor: Self.patience
        ) { pulse in
            try views.changes(pulse)
        }
    }

    /// Its whole filesystem as a tar stream.
    public func export(
        _ reference: String, _ take: ([UInt8]) async throws -> Void
    ) async throws {
        let container = try container(reference)
        let root = try await turns.take(container.id) {
            try await core.layerSeen(by: container.id)
        }
        let subject = Archiving.Subject(
            root: root, directory: root, name: ".", as: ".", keepsToMount: true)
        try await ByteFlow.read("export \(container.name)") { descriptor in
            try Archiving.pack(subject, to: descriptor, .none)
        } _: { bytes in
            try await take(bytes)
        }
        core.tell(.export, container)
    }
}

extension ContainerCore {
    /// Whoever calls these has the container's turn: a layer that is being removed is not made anew.
    private func layer(of id: ContainerID) async throws -> [LayerMount] {
        let container = try container(id)
        guard container.phase == .ready else { throw ContainerError.noSuchContainer(id.short) }
        return try await runtime.makeLayer(
            for: id, over: try await runtime.image(container.imageID))
    }

    /// What its own process would see, without what is mounted there.
    func layerSeen(by id: ContainerID) async throws -> OpenFile {
        try await look(at: try await layer(of: id).forLooking, of: id)
    }

    func comparison(of id: ContainerID) async throws -> LayerComparison {
        let layer = try await layer(of: id)
        guard let upper = layer.upper else {
            throw ContainerError.invalidRequest(
                "what a container changed can be told with the snapshotter overlayfs only, which "
                    + "the filesystem under containerd does not do: export it and compare")
        }
        let written = try await Blocking.run("open \(upper)", seconds: 30) {
            try OpenFile(upper, for: .directory)
        }
        return LayerComparison(
            upper: written, lower: try await look(at: layer.image, of: id),
            merged: try await look(at: layer.forLooking, of: id))
    }

    private func look(at layer: [LayerMount], of id: ContainerID) async throws -> OpenFile {
        try await LayerView.open(layer, at: "\(places.state)/layers/\(id)-looking").root
    }
}
