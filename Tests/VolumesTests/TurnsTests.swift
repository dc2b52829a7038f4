import Synchronization
import TestSupport
import Testing
import Volumes

struct TurnsTests {
    private final class Log: Sendable {
        let entries = Mutex<[Int]>([])
    }

    @Test func `one at a time has the turn, in the order asked for`() async throws {
        let turns = Turns<String>()
        let log = Log()
        try await withThrowingTaskGroup(of: Void.self) { group in
            let (gate, opener) = AsyncStream.makeStream(of: Void.self)
            group.addTask {
                await turns.take("a") {
                    for await _ in gate { break }
                    log.entries.withLock { $0.append(0) }
                }
            }
            for number in 1...50 {
                group.addTask {
                    await turns.take("a") {
                        let before = log.entries.withLock { $0.count }
                        await Task.yield()
                        #expect(log.entries.withLock { $0.count } == before)
                        log.entries.withLock { $0.append(number) }
                    }
                }
            }
            opener.yield()
            try await group.waitForAll()
        }
        #expect(log.entries.withLock { $0.sorted() } == Array(0...50))
    }

    @Test func `another key never waits`() async {
        let turns = Turns<String>()
        await turns.take("slow") {
            await turns.take("fast") {}
        }
    }

    @Test func `the turn goes on after an error`() async {
        let turns = Turns<String>()
        let failed = await fails(turns)
        #expect(failed)
        await turns.take("a") {}
    }

    private func fails(_ turns: Turns<String>) async -> Bool {
        do {
            try await turns.take("a") { throw TestFailure("expected") }
            return false
        } catch {
            return true
        }
    }
}
