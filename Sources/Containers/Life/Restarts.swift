import Synchronization

/// How long to wait before a container is started again: longer each time that it ends at once.
final class Restarts: Sendable {
    private static let first = Duration.milliseconds(100)
    private static let longest = Duration.seconds(60)
    /// A run that lasts as long makes the next wait the first again, in seconds.
    static let goodRun = 10.0

    private let waits = Mutex<[ContainerID: Duration]>([:])
    /// Those whose end is no reason to remove them: somebody is restarting them.
    private let held = Mutex<Set<ContainerID>>([])

    func nextWait(for id: ContainerID, after seconds: Double) -> Duration {
        waits.withLock { waits in
            let before = seconds >= Self.goodRun ? nil : waits[id]
            let wait = before.map { min($0 * 2, Self.longest) } ?? Self.first
            waits[id] = wait
            return wait
        }
    }

    func forget(_ id: ContainerID) {
        waits.withLock { $0[id] = nil }
    }

    func hold(_ id: ContainerID) { _ = held.withLock { $0.insert(id) } }
    func letGo(_ id: ContainerID) { _ = held.withLock { $0.remove(id) } }
    func isHeld(_ id: ContainerID) -> Bool { held.withLock { $0.contains(id) } }
}
