import Containers
import HTTPTypes
import NIOCore
import PouchAPI

/// What `docker system prune` asks for besides images, networks and volumes.
struct PruneRoutes: Sendable {
    let containers: ContainerManager

    var routes: [Route] {
        [
            Route(.post, "/containers/prune", pruneContainers),
            // Nothing is built here, so there is nothing of it to remove.
            Route(.post, "/build/prune") { _ in
                .json(ByteBuffer(string: #"{"CachesDeleted":[],"SpaceReclaimed":0}"# + "\n"))
            },
        ]
    }

    @Sendable private func pruneContainers(_ call: Call) async throws -> Reply {
        let filters = try call.filters
        try filters.allow(["label", "label!", "until"])
        let until = try filters.moment("until")
        let pruned = try await containers.prune { container in
            (until.map { container.createdAt <= $0 } ?? true)
                && filters.matchLabels("label", container.labels)
                && (filters["label!"].isEmpty || !filters.matchLabels("label!", container.labels))
        }
        return try .json(
            ContainerPruneResponse(
                deleted: pruned.removed.map(\.id.description), reclaimed: pruned.bytes))
    }
}
