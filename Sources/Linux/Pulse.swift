import Synchronization

/// How work that takes long shows that it goes on, and learns that nobody waits for it any more.
public final class Pulse: Sendable {
    private let latest = Atomic<UInt64>(MonotonicClock.now)
    private let isGivenUp = Atomic<Bool>(false)
    let timedOut: TimedOut

    init(_ timedOut: TimedOut) {
        self.timedOut = timedOut
    }

    /// Puts the deadline off; throws if the work was given up, so that it ends.
    public func beat() throws(TimedOut) {
        guard !isGivenUp.load(ordering: .relaxed) else { throw timedOut }
        latest.store(MonotonicClock.now, ordering: .relaxed)
    }

    /// When the work is given up unless it beats once more.
    var deadline: UInt64 {
        latest.load(ordering: .relaxed) + UInt64(timedOut.seconds) * MonotonicClock.second
    }

    func giveUp() {
        isGivenUp.store(true, ordering: .relaxed)
    }
}
