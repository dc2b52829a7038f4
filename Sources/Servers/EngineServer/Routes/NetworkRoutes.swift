import Containers
import FoundationEssentials
import HTTPTypes
import PouchAPI

/// Networks: those that are there, and no more.
struct NetworkRoutes: Sendable {
    private static let keys: Set = [
        "dangling", "driver", "id", "label", "name", "scope", "type",
    ]

    let containers: ContainerManager

    var routes: [Route] {
        [
            Route(.get, "/networks", list),
            Route(.post, "/networks/create") { _ in throw Self.fixed },
            Route(.post, "/networks/prune", prune),
            Route(.get, "/networks/{name}", inspect),
            Route(.delete, "/networks/{name}", remove),
            Route(.post, "/networks/{name}/connect") { _ in throw Self.fixed },
            Route(.post, "/networks/{name}/disconnect") { _ in throw Self.fixed },
        ]
    }

    private static let fixed = Refusal.notImplemented(
        "pouchd has the networks bridge, host and none, and makes no others: choose one with "
            + "--network when the container is made")

    @Sendable private func list(_ call: Call) async throws -> Reply {
        let filters = try call.filters
        try filters.allow(Self.keys)
        let isDangling = try filters.flag("dangling") ?? false
        let found = Network.all(of: containers).filter { network in
            filters.allows("driver", network.driver) && filters.allows("scope", network.scope)
                && filters.matchPattern("name", [network.name])
                && (filters["id"].isEmpty || filters["id"].contains { network.id.hasPrefix($0) })
                && filters.allows("type", "builtin") && filters["label"].isEmpty && !isDangling
        }
        // As docker does: who is on a network is told only of one at a time.
        return try .json(
            found.map { network in
                var network = network
                network.containers = [:]
                return network
            })
    }

    @Sendable private func inspect(_ call: Call) async throws -> Reply {
        try .json(find(call["name"]))
    }

    /// There is never one too many.
    @Sendable private func prune(_ call: Call) async throws -> Reply {
        try .json(["NetworksDeleted": [String]()])
    }

    @Sendable private func remove(_ call: Call) async throws -> Reply {
        let network = try find(call["name"])
        throw Refusal.forbidden(
            "\(network.name) is a pre-defined network and cannot be removed")
    }

    private func find(_ name: String) throws -> Network {
        let all = Network.all(of: containers)
        let found =
            all.first { $0.name == name || $0.id == name }
            ?? all.first { name.utf8.count >= 4 && $0.id.hasPrefix(name) }
        if let found { return found }
        if name == "bridge", case .missing(let reason) = containers.bridge {
            throw Refusal.notFound("network bridge not found: \(reason)")
        }
        throw Refusal.notFound("network \(name) not found: there are bridge, host and none")
    }
}
