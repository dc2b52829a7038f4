import Linux
import Synchronization
import Volumes

/// Runs what touches storage where a hang holds up nothing else, and says what went wrong in the
/// engine's words.
///
/// A call that was given up may still act when its storage comes back, and undo what later ones
/// did. Until it has ended, further calls on its place are refused.
final class StorageCalls: Sendable {
    private struct State {
        var started = 0
        /// Calls that have not ended, and those of them that nobody waits for any more.
        var running: Set<Int> = []
        var stuck: [String: Set<Int>] = [:]
    }

    private let state = Mutex(State())
    private let seconds: Int

    /// - Parameter seconds: How long storage may take to answer, unless a call says otherwise.
    init(seconds: Int) {
        self.seconds = seconds
    }

    /// Runs `body`, which must return in time.
    func run<Answer: Sendable>(
        _ action: String, on place: String, seconds: Int? = nil,
        _ body: @escaping @Sendable () throws -> Answer
    ) async throws -> Answer {
        try await run(action, on: place, stalledFor: seconds ?? self.seconds) { _ in try body() }
    }

    /// Runs `body`, which may take long as long as it shows a pulse.
    func run<Answer: Sendable>(
        _ action: String, on place: String, stalledFor seconds: Int,
        _ body: @escaping @Sendable (Pulse) throws -> Answer
    ) async throws -> Answer {
        let call = try start(action, on: place, seconds)
        do {
            return try await Blocking.run(action, stalledFor: seconds) { pulse in
                defer { self.end(call, on: place) }
                return try body(pulse)
            }
        } catch let error as TimedOut {
            giveUp(call, on: place)
            throw VolumeError.timedOut(error.action, seconds: error.seconds)
        } catch let error as SystemError {
            throw VolumeError.storage(action: action, reason: "\(error)")
        }
    }

    private func start(
        _ action: String, on place: String, _ seconds: Int
    ) throws(VolumeError) -> Int {
        let call: Int? = state.withLock { state in
            guard state.stuck[place] == nil else { return nil }
            state.started += 1
            state.running.insert(state.started)
            return state.started
        }
        guard let call else {
            throw .timedOut("\(action), after a call that still hangs", seconds: seconds)
        }
        return call
    }

    private func end(_ call: Int, on place: String) {
        state.withLock { state in
            state.running.remove(call)
            state.stuck[place]?.remove(call)
            if state.stuck[place]?.isEmpty == true { state.stuck[place] = nil }
        }
    }

    private func giveUp(_ call: Int, on place: String) {
        state.withLock { state in
            guard state.running.contains(call) else { return }
            state.stuck[place, default: []].insert(call)
        }
    }
}
