/// Work that outlives the call which began it, such as holding a connection: `run` does it.
final class Background: Sendable {
    typealias Job = @Sendable () async -> Void

    private let jobs: AsyncStream<Job>
    private let queue: AsyncStream<Job>.Continuation

    init() {
        (jobs, queue) = AsyncStream.makeStream()
    }

    func add(_ job: @escaping Job) {
        queue.yield(job)
    }

    /// Does what was and what is added, until cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await job in jobs { group.addTask(operation: job) }
            group.cancelAll()
        }
    }
}
