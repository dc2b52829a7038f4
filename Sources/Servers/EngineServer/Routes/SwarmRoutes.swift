import HTTPTypes

/// What needs a swarm, or Docker's managed plugins, neither of which pouchd is part of.
struct SwarmRoutes: Sendable {
    private static let questions = [
        "/swarm", "/services", "/tasks", "/nodes", "/secrets", "/configs",
    ]
    private static let orders = [
        "/swarm/init", "/swarm/join", "/services/create", "/secrets/create", "/configs/create",
    ]

    var routes: [Route] {
        Self.questions.map { Route(.get, $0) { _ in throw Self.refusal } }
            + Self.orders.map { Route(.post, $0) { _ in throw Self.refusal } }
            + [
                Route(.put, "/volumes/{name}") { _ in throw Self.clusterVolumes },
                Route(.get, "/plugins") { _ in try .json([String]()) },
            ]
    }

    private static let refusal = Refusal.notImplemented(
        "pouchd is no part of a swarm: run containers one by one or with docker compose, and share "
            + "volumes between hosts with the driver ceph")
    private static let clusterVolumes = Refusal.notImplemented(
        "pouchd is no part of a swarm and has no cluster volumes: change a volume's size with "
            + "pouch volume update")
}
