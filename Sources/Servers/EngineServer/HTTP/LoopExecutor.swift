import Linux
import NIOCore
import Synchronization

/// Runs what serves a connection on the event loop that reads it and writes to it.
///
/// Each way to another thread and back costs a small request a tenth of its time, and what serves
/// requests never blocks, wherever it runs: what may block has threads of its own. A request that
/// needed one of those goes on there.
final class LoopExecutor: TaskExecutor {
    private let loop: Mutex<any EventLoop>

    init(_ loop: any EventLoop) {
        self.loop = Mutex(loop)
    }

    /// For who learns only later which loop it is about.
    func move(to loop: any EventLoop) {
        self.loop.withLock { $0 = loop }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let run: @Sendable () -> Void = { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
        if BlockingThread.current?.goOn(with: run) != true { loop.withLock(\.self).execute(run) }
    }
}
