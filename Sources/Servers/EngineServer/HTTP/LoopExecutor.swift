import NIOCore

/// Runs what serves a connection on the event loop that reads it and writes to it.
///
/// Each way to another thread and back costs a small request a tenth of its time, and what serves
/// requests never blocks, wherever it runs: what may block has threads of its own.
final class LoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) {
        self.loop = loop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
