import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Linux

/// Something that hangs until it is let go, as dead storage does.
final class Obstacle: Sendable {
    private let ends: [Int32]

    init() {
        var ends: [Int32] = [0, 0]
        pipe(&ends)
        self.ends = ends
    }

    deinit {
        close(ends[0])
    }

    func hang() {
        var byte: UInt8 = 0
        read(ends[0], &byte, 1)
    }

    func letGo() { close(ends[1]) }
}

/// Counts what happens on other threads.
final class Counter: Sendable {
    private let count = Atomic<Int>(0)

    var value: Int { count.load(ordering: .relaxed) }

    func add() { count.add(1, ordering: .relaxed) }
}

/// Goes on where a call ended, and otherwise on a thread of its own.
final class Follower: TaskExecutor {
    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let run: @Sendable () -> Void = { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
        if BlockingThread.current?.goOn(with: run) != true { _ = try? Thread.start(run) }
    }
}

struct BlockingTests {
    private func thread() -> pthread_t { pthread_self() }

    @Test func `a task goes on on the thread where its call ended`() async throws {
        try await withTaskExecutorPreference(Follower()) {
            for _ in 0..<3 {
                let other = try await Blocking.run("look", seconds: 5) { pthread_self() }
                #expect(thread() == other)
                #expect(BlockingThread.current != nil)
            }
        }
        #expect(BlockingThread.current == nil)
    }

    @Test func `a call's result comes back, and so does its error`() async throws {
        #expect(try await Blocking.run("add", seconds: 5) { 1 + 1 } == 2)
        await #expect(throws: SystemError("open", "/x", errno: ENOENT)) {
            try await Blocking.run("fail", seconds: 5) {
                throw SystemError("open", "/x", errno: ENOENT)
            }
        }
    }

    @Test func `a call that hangs is given up at its deadline`() async throws {
        let obstacle = Obstacle()
        defer { obstacle.letGo() }
        let start = ContinuousClock.now
        await #expect(throws: TimedOut("mount /x", seconds: 1)) {
            try await Blocking.run("mount /x", seconds: 1) { obstacle.hang() }
        }
        #expect(ContinuousClock.now - start >= .seconds(1))
    }

    @Test func `a hundred hung calls hold up no other`() async throws {
        let obstacle = Obstacle()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    try? await Blocking.run("hang", seconds: 30) { obstacle.hang() }
                }
            }
            // Served well before the hung ones' deadline, or these would miss their own.
            for number in 0..<20 {
                let answer = try? await Blocking.run("work", seconds: 4) { number }
                #expect(answer == number)
            }
            obstacle.letGo()
        }
    }

    @Test func `a late answer is dropped and its thread used again`() async throws {
        let obstacle = Obstacle()
        let ended = Counter()
        for _ in 0..<3 {
            await #expect(throws: TimedOut.self) {
                try await Blocking.run("hang", seconds: 1) {
                    obstacle.hang()
                    ended.add()
                }
            }
        }
        obstacle.letGo()
        try await eventually("the given-up calls end") { ended.value == 3 }
        #expect(try await Blocking.run("work", seconds: 5) { 7 } == 7)
    }

    @Test func `work with a pulse may take longer than its deadline`() async throws {
        let beats = try await Blocking.run("delete", stalledFor: 1) { pulse in
            for _ in 0..<25 {
                usleep(100_000)
                try pulse.beat()
            }
            return 25
        }
        #expect(beats == 25)
    }

    @Test func `work that was given up learns it at its next beat`() async throws {
        let obstacle = Obstacle()
        let learned = Counter()
        await #expect(throws: TimedOut.self) {
            try await Blocking.run("delete", stalledFor: 1) { pulse in
                obstacle.hang()
                do { try pulse.beat() } catch { learned.add() }
            }
        }
        obstacle.letGo()
        try await eventually("it learns") { learned.value == 1 }
    }

    @Test func `cancelling the caller does not interrupt the call`() async throws {
        let obstacle = Obstacle()
        let started = Counter()
        try await withThrowingTaskGroup(of: Int.self) { group in
            group.addTask {
                try await Blocking.run("work", seconds: 10) {
                    started.add()
                    obstacle.hang()
                    return 7
                }
            }
            try await eventually("it starts") { started.value == 1 }
            group.cancelAll()
            obstacle.letGo()
            #expect(try await group.next() == 7)
        }
    }
}
