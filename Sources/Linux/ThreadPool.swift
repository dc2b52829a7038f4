/// Threads that run calls which may hang.
///
/// A thread whose call does not end in time is written off, and others take its place. Nothing
/// polls: an idle pool sleeps.
final class ThreadPool: @unchecked Sendable {
    /// A thread that has nothing to do, and what to wake it with.
    private final class Worker {
        let wake = Condition()
        var call: PendingCall?
    }

    /// How many calls may run at once before others queue for a moment.
    private static let width = 16
    /// How long nothing may come back from the queue's head before the pool grows past its width.
    private static let patience: UInt64 = 20_000_000
    /// How many threads there may be, hung ones included.
    private static let most = 512

    private let lock = Lock()
    private let timer = Condition()
    private var queue: [PendingCall] = []
    private var idle: [Worker] = []
    private var running: [ObjectIdentifier: PendingCall] = [:]
    private var threads = 0
    /// How many of the threads are in calls that were given up.
    private var writtenOff = 0
    /// Calls that ended since the queue was last looked after.
    private var ended = 0
    private var hasTimer = false
    /// When the timer thread looks next.
    private var nextLook = UInt64.max

    func start(_ call: PendingCall) {
        // A thread that is woken before the lock is free wakes only to wait for it.
        hand(call)?.signal()
    }

    /// Hands the call to a thread; what to wake that one with, if it sleeps.
    private func hand(_ call: PendingCall) -> Condition? {
        lock.lock()
        defer { lock.unlock() }
        startTimer()
        look(by: call.pulse.deadline)
        guard let worker = idle.popLast() else {
            queue.append(call)
            if threads - writtenOff >= Self.width || !grow() {
                look(by: MonotonicClock.now + Self.patience)
            }
            return nil
        }
        running[ObjectIdentifier(call)] = call
        worker.call = call
        return worker.wake
    }

    /// Adds a thread, which takes what is first in the queue.
    private func grow() -> Bool {
        guard threads < Self.most, (try? Thread.start { self.work(BlockingThread()) }) != nil else {
            return false
        }
        threads += 1
        return true
    }

    // MARK: Workers

    private func work(_ thread: BlockingThread) {
        thread.run { takeCalls(thread) }
    }

    private func takeCalls(_ thread: BlockingThread) {
        let worker = Worker()
        lock.lock()
        while let call = next(for: worker) {
            lock.unlock()
            call.perform()
            lock.lock()
            guard running.removeValue(forKey: ObjectIdentifier(call)) != nil else {
                writtenOff -= 1
                continue
            }
            ended += 1
            lock.unlock()
            thread.answer(call)
            lock.lock()
        }
        threads -= 1
        lock.unlock()
    }

    /// What to do next; nil when there are idle threads enough.
    private func next(for worker: Worker) -> PendingCall? {
        if !queue.isEmpty {
            let call = queue.removeFirst()
            running[ObjectIdentifier(call)] = call
            return call
        }
        guard idle.count < Self.width else { return nil }
        idle.append(worker)
        while worker.call == nil { worker.wake.wait(lock) }
        defer { worker.call = nil }
        return worker.call
    }

    // MARK: The timer

    private func startTimer() {
        guard !hasTimer else { return }
        hasTimer = (try? Thread.start { self.keepTime() }) != nil
    }

    /// Has the timer thread look at the deadlines no later than `time`.
    private func look(by time: UInt64) {
        guard time < nextLook else { return }
        nextLook = time
        timer.signal()
    }

    private func keepTime() -> Never {
        lock.lock()
        while true {
            timer.wait(lock, until: nextLook == .max ? nil : nextLook)
            guard MonotonicClock.now >= nextLook else { continue }
            nextLook = .max
            growIfStuck()
            giveUpLateCalls()
        }
    }

    /// Adds a thread while calls queue, and one for each of them while nothing comes back.
    private func growIfStuck() {
        guard !queue.isEmpty else { return }
        let wanted = ended == 0 ? queue.count : 1
        ended = 0
        for _ in 0..<wanted {
            guard grow() else { break }
        }
        look(by: MonotonicClock.now + Self.patience)
    }

    private func giveUpLateCalls() {
        let now = MonotonicClock.now
        let late = running.values.filter { $0.pulse.deadline <= now }
        let lateInQueue = queue.filter { $0.pulse.deadline <= now }
        for call in late { running[ObjectIdentifier(call)] = nil }
        writtenOff += late.count
        queue.removeAll { call in lateInQueue.contains { $0 === call } }
        lock.unlock()
        for call in late + lateInQueue { call.giveUp() }
        lock.lock()
        let deadlines = (running.values + queue).map(\.pulse.deadline)
        if let first = deadlines.min() { look(by: first) }
    }
}
