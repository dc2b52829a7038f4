import Containers
import PouchAPI

/// What containers take on the disk.
struct ContainerSizes {
    private let containers: ContainerManager
    /// Bytes of each image, by its id.
    private let images: [String: Int64]

    init(_ containers: ContainerManager, over images: [Image]) {
        self.containers = containers
        self.images = Dictionary(images.map { ($0.id, $0.size) }) { first, _ in first }
    }

    /// Bytes that a container takes over its image, and with it.
    func sizes(of container: Container) async throws -> (layer: Int64, root: Int64) {
        let layer = try await containers.layerSize(of: container)
        return (layer, layer + (images[container.imageID] ?? 0))
    }

    func add(_ container: Container, to summary: inout ContainerSummary) async throws {
        let sizes = try await sizes(of: container)
        summary.layerSize = sizes.layer
        summary.rootSize = sizes.root
    }
}
