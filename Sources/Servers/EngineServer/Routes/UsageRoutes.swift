import Containers
import FoundationEssentials
import HTTPTypes
import PouchAPI
import Volumes

/// How much of the disk things take.
struct UsageRoutes: Sendable {
    private enum Kind: String, CaseIterable {
        case container, image, volume
        case buildCache = "build-cache"
    }

    let volumes: VolumeManager
    let containers: ContainerManager

    var routes: [Route] { [Route(.get, "/system/df", usage)] }

    @Sendable private func usage(_ call: Call) async throws -> Reply {
        let asked = try call.query.all("type").map { text in
            guard let kind = Kind(rawValue: text) else {
                let known = Kind.allCases.map(\.rawValue).joined(separator: ", ")
                throw Refusal.invalid("invalid type \"\(text)\": use \(known)")
            }
            return kind
        }
        let kinds = Set(asked.isEmpty ? Kind.allCases : asked)
        var usage = DiskUsage()
        if kinds.contains(.image) || kinds.contains(.container) {
            // Volumes are told of also where no containers can run.
            let images = try await availableImages()
            if kinds.contains(.image) {
                usage.images = images.map(summary)
                let layers = Dictionary(images.flatMap(\.layers).map { ($0.id, $0.size) }) { $1 }
                usage.layersSize = layers.values.reduce(0, +)
            }
            if kinds.contains(.container) {
                usage.containers = try await measuredContainers(over: images)
            }
        }
        if kinds.contains(.volume) { usage.volumes = await measuredVolumes() }
        if kinds.contains(.buildCache) { usage.buildCache = [] }
        return try .json(usage)
    }

    private func availableImages() async throws -> [Image] {
        do {
            return try await containers.images()
        } catch ContainerError.runtimeUnavailable {
            return []
        }
    }

    private func summary(_ image: Image) -> ImageSummary {
        var summary = ImageSummary(image)
        summary.containers = containers.containers(of: image).count
        summary.sharedSize = 0
        return summary
    }

    private func measuredContainers(over images: [Image]) async throws -> [ContainerSummary] {
        let sizes = ContainerSizes(containers, over: images)
        let now = Date()
        var summaries: [ContainerSummary] = []
        for container in containers.list() {
            var summary = ContainerSummary(
                container, now: now, endpoint: containers.endpoint(of: container))
            try await sizes.add(container, to: &summary)
            summaries.append(summary)
        }
        return summaries
    }

    private func measuredVolumes() async -> [PouchAPI.Volume] {
        let all = volumes.list().volumes
        let usage = await volumes.usage(of: all)
        return all.map { volume in
            var shown = PouchAPI.Volume(
                name: volume.name.description, driver: volume.driver,
                mountpoint: volumes.path(of: volume),
                createdAt: Timestamp.seconds(volume.createdAt), labels: volume.labels,
                scope: volumes.scope(of: volume).rawValue, options: volume.options)
            let users = Set(volumes.references(to: shown.name).map(\.owner))
            shown.usage = UsageData(usage[volume.id], references: users.count)
            return shown
        }
    }
}
