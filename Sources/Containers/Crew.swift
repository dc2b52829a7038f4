import Synchronization
import Volumes

/// Carries out what callers ask for, so that a caller who leaves doesn't cut it short.
///
/// A request's task is cancelled when its client hangs up; half a container must not come of that.
final class Crew: Sendable {
    private struct Job: Sendable {
        let act: @Sendable () async -> Void
        /// What becomes of it when nobody is there to do it any more.
        let refuse: @Sendable () -> Void
    }

    private struct State {
        var jobs: [Job] = []
        var isClosed = false
    }

    private let state = Mutex(State())
    private let bell = Bell()

    /// Does the jobs, all at once, until cancelled; then those that are not begun are refused.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await _ in bell.rings {
                for job in take() { group.addTask { await job.act() } }
            }
            for job in close() { job.refuse() }
            group.cancelAll()
        }
    }

    private func take() -> [Job] {
        state.withLock { state in
            defer { state.jobs = [] }
            return state.jobs
        }
    }

    private func close() -> [Job] {
        state.withLock { $0.isClosed = true }
        return take()
    }

    private func add(_ job: Job) {
        let isTaken = state.withLock { state in
            if !state.isClosed { state.jobs.append(job) }
            return !state.isClosed
        }
        if isTaken { bell.ring() } else { job.refuse() }
    }

    /// Has `act` done without anybody waiting for it.
    func begin(_ act: @escaping @Sendable () async -> Void) {
        add(Job(act: act, refuse: {}))
    }

    /// Has `act` done and waits for what comes of it.
    func perform<Answer: Sendable>(
        _ act: @escaping @Sendable () async throws -> Answer
    ) async throws -> Answer {
        try await withCheckedThrowingContinuation { continuation in
            add(
                Job(
                    act: {
                        do {
                            continuation.resume(returning: try await act())
                        } catch {
                            continuation.resume(throwing: error)
                        }
                    },
                    refuse: { continuation.resume(throwing: CancellationError()) }))
        }
    }
}
