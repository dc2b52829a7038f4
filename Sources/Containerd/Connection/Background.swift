import Synchronization

/// Work that outlives the call which began it, such as holding a connection: `run` does it.
final class Background: Sendable {
    struct Job: Sendable {
        let run: @Sendable () async -> Void
        /// Called instead of `run` when nothing will be done any more.
        let abandon: @Sendable () -> Void
    }

    private struct State {
        var jobs: [Job] = []
        var hasEnded = false
        /// `run`, when there is nothing for it to do.
        var idle: CheckedContinuation<Job?, Never>?
    }

    private let state = Mutex(State())

    func add(
        _ run: @escaping @Sendable () async -> Void,
        orAbandon abandon: @escaping @Sendable () -> Void = {}
    ) {
        let job = Job(run: run, abandon: abandon)
        let (hasEnded, idle) = state.withLock { state in
            let idle = state.idle.take()
            if !state.hasEnded, idle == nil { state.jobs.append(job) }
            return (state.hasEnded, idle)
        }
        if hasEnded { abandon() }
        idle?.resume(returning: job)
    }

    /// Does what was and what is added, until cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            while let job = await next() { group.addTask(operation: job.run) }
            group.cancelAll()
        }
    }

    private func next() async -> Job? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let job: Job?? = state.withLock { state in
                    if state.hasEnded { return .some(nil) }
                    guard state.jobs.isEmpty else { return state.jobs.removeFirst() }
                    state.idle = continuation
                    return nil
                }
                if let job { continuation.resume(returning: job) }
            }
        } onCancel: {
            end()
        }
    }

    private func end() {
        let (idle, jobs) = state.withLock { state in
            state.hasEnded = true
            defer { state.jobs = [] }
            return (state.idle.take(), state.jobs)
        }
        idle?.resume(returning: nil)
        for job in jobs { job.abandon() }
    }
}
