import Containers
import FoundationEssentials
import PouchAPI

/// A name as people write it.
func familiar(_ name: String) -> String {
    (try? ImageReference(name))?.familiar ?? name
}

extension ImageSummary {
    init(_ image: Image) {
        self.init(
            id: image.id, repoTags: image.names.map(familiar),
            repoDigests: image.digests.map(familiar),
            created: Int64(image.createdAt?.timeIntervalSince1970 ?? 0), size: image.size,
            labels: image.configuration.labels)
    }
}

extension ImageDetails {
    init(_ image: Image) {
        self.init(
            id: image.id, repoTags: image.names.map(familiar),
            repoDigests: image.digests.map(familiar),
            created: image.createdAt.map(Timestamp.precise),
            config: ContainerConfig(image.configuration),
            architecture: image.configuration.architecture, os: image.configuration.os,
            size: image.size)
        rootFilesystem = RootFilesystem(layers: image.layers.map(\.id))
    }
}

extension ContainerConfig {
    init(_ image: ImageConfiguration) {
        self.init(cmd: image.command)
        entrypoint = image.entrypoint
        env = image.environment
        user = image.user
        workingDir = image.workingDirectory
        labels = image.labels
        volumes = Dictionary(image.volumes.map { ($0, Empty()) }) { first, _ in first }
        let ports = image.ports.map { ($0, Empty()) }
        exposedPorts = ports.isEmpty ? nil : Dictionary(ports) { first, _ in first }
        stopSignal = image.stopSignal
        healthcheck = image.health.map { HealthConfig($0) }
    }
}

extension ImageDeleteItem {
    init(_ removal: ImageRemoval) {
        switch removal {
        case .untagged(let name): self.init(untagged: familiar(name))
        case .deleted(let id): self.init(deleted: id)
        }
    }
}

extension ProgressLine {
    init(_ progress: PullProgress) {
        let isCounted = progress.total > 0
        self.init(
            status: progress.status, id: progress.id,
            progressDetail: isCounted
                ? Detail(current: progress.current, total: progress.total) : nil)
    }
}

extension ImageHistoryItem {
    /// The newest step first; only that has the image's own id and names.
    static func all(of image: Image) -> [ImageHistoryItem] {
        image.history.reversed().enumerated().map { index, step in
            ImageHistoryItem(
                id: index == 0 ? image.id : "<missing>",
                created: Int64(step.createdAt?.timeIntervalSince1970 ?? 0),
                createdBy: step.command, tags: index == 0 ? image.names.map(familiar) : nil,
                size: step.size, comment: step.comment)
        }
    }
}
