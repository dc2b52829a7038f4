import Synchronization

/// The connections to clusters: one for each user of each, made when first needed.
final class CephClusters: Sendable {
    private struct Door: Hashable {
        let configuration: String
        let user: String
    }

    private let open = Mutex<[Door: CephCluster]>([:])

    /// The pool that the image is in. Blocks.
    func pool(of place: CephPlace) throws -> CephPool {
        try cluster(of: place).pool(place.pool, namespace: place.namespace)
    }

    func cluster(of place: CephPlace) throws -> CephCluster {
        let door = Door(configuration: place.configuration, user: place.user)
        if let cluster = open.withLock({ $0[door] }) { return cluster }
        let cluster = try CephCluster(
            CephLibrary.load(), configuration: door.configuration, user: door.user)
        return open.withLock { open in
            let first = open[door] ?? cluster
            open[door] = first
            return first
        }
    }

    /// Makes the next question connect anew: this connection will never be heard again.
    func forget(_ place: CephPlace) {
        let door = Door(configuration: place.configuration, user: place.user)
        open.withLock { $0[door] = nil }
    }
}
