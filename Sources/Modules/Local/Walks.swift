import FoundationEssentials
import Synchronization
import Volumes

/// What walks through volumes' files found, by the volumes' ids: kept for a while, because each
/// costs a look at every file.
final class Walks: Sendable {
    /// How long what a walk found is as good as another walk.
    private static let lifetime: TimeInterval = 30

    private struct State {
        var found: [String: Usage] = [:]
        var underWay: Set<String> = []
    }

    private let state = Mutex(State())

    /// What was found last, however long ago.
    subscript(id: String) -> Usage? { state.withLock { $0.found[id] } }

    /// Whether the caller should walk now; then it must ``end(_:with:)``.
    ///
    /// False while another does, or did lately.
    func begin(_ id: String) -> Bool {
        state.withLock { state in
            if let found = state.found[id],
                found.asOf.timeIntervalSinceNow > -Self.lifetime
            {
                return false
            }
            return state.underWay.insert(id).inserted
        }
    }

    /// `usage` is nil if the walk had to be broken off: then the last one's stays.
    func end(_ id: String, with usage: Usage?) {
        state.withLock { state in
            state.underWay.remove(id)
            if let usage { state.found[id] = usage }
        }
    }

    func forget(_ id: String) {
        state.withLock { $0.found[id] = nil }
    }
}

/// The numbers that btrfs gave our subvolumes, by the volumes' ids, so that each is asked for once.
final class SubvolumeIDs: Sendable {
    private let known = Mutex<[String: UInt64]>([:])

    func find(_ id: String, _ ask: () throws -> UInt64) rethrows -> UInt64 {
        if let found = known.withLock({ $0[id] }) { return found }
        let found = try ask()
        known.withLock { $0[id] = found }
        return found
    }

    func forget(_ id: String) {
        known.withLock { $0[id] = nil }
    }
}
