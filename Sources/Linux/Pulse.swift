import Synchronization

/// How work that takes long shows that it goes on, and learns that nobody waits for it any more.
public final class Pulse: Sendable {
    private let latest = Atomic<UInt64>(MonotonicClock.now)
    private let isGivenUp = Atomic<Bool>(false)
    /// When the work is given up however it goes on.
    private let end: UInt64
    let timedOut: TimedOut

    init(_ timedOut: TimedOut) {
        self.timedOut = timedOut
        end = .max
    }

    /// A pulse that fails after so many seconds, for work that another time may finish.
    public init(_ action: String, endingAfter seconds: Int) {
        timedOut = TimedOut(action, seconds: seconds)
        end = MonotonicClock.now + UInt64(seconds) * MonotonicClock.second
    }

    /// Puts the deadline off; throws if the work was given up, so that it ends.
    public func beat() throws(TimedOut) {
        let now = MonotonicClock.now
        guard !isGivenUp.load(ordering: .relaxed), now < end else { throw timedOut }
        latest.store(now, ordering: .relaxed)
    }

    /// When the work is given up unless it beats once more.
    var deadline: UInt64 {
        latest.load(ordering: .relaxed) + UInt64(timedOut.seconds) * MonotonicClock.second
    }

    func giveUp() {
        isGivenUp.store(true, ordering: .relaxed)
    }
}
