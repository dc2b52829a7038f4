import Synchronization

/// The connections to clusters: one for each user of each, made when first needed.
final class CephClusters: Sendable {
    private struct Door: Hashable {
        let configuration: String
        let user: String
    }

    /// One connection, or why there was none a moment ago.
    private final class Entrance: Sendable {
        struct Failure {
            let error: any Error
            let at: ContinuousClock.Instant
        }

        struct State {
            var cluster: CephCluster?
            var failure: Failure?
        }

        let state = Mutex(State())
    }

    /// How long a cluster that could not be reached is not tried again: those who wait behind the
    /// one who tries would each wait as long as it did.
    private static let pause = Duration.seconds(2)

    private let entrances = Mutex<[Door: Entrance]>([:])

    /// The pool that the image is in. Blocks.
    func pool(of place: CephPlace) throws -> CephPool {
        try cluster(of: place).pool(place.pool, namespace: place.namespace)
    }

    /// Connects for one caller at a time. Blocks.
    func cluster(of place: CephPlace) throws -> CephCluster {
        try entrance(to: place).state.withLock { state in
            if let cluster = state.cluster { return cluster }
            if let failure = state.failure, ContinuousClock.now - failure.at < Self.pause {
                throw failure.error
            }
            do {
                let cluster = try CephCluster(
                    CephLibrary.load(), configuration: place.configuration, user: place.user)
                state = Entrance.State(cluster: cluster)
                return cluster
            } catch {
                state.failure = Entrance.Failure(error: error, at: .now)
                throw error
            }
        }
    }

    /// Makes the next question connect anew: this connection will never be heard again.
    func forget(_ place: CephPlace) {
        entrance(to: place).state.withLock { $0.cluster = nil }
    }

    private func entrance(to place: CephPlace) -> Entrance {
        let door = Door(configuration: place.configuration, user: place.user)
        return entrances.withLock { entrances in
            let entrance = entrances[door] ?? Entrance()
            entrances[door] = entrance
            return entrance
        }
    }
}
