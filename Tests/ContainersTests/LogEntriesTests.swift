import FoundationEssentials
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Containers

struct LogEntriesTests {
    /// A log that a test writes, and what its readers are told.
    private final class Log: Sendable {
        let path: String
        private let changes = Waiters<Int, Void>()
        private let over = Mutex(false)

        init(_ directory: String) { path = directory + "/log" }

        func write(_ text: String) throws {
            let file = fopen(path, "a")
            defer { if let file { fclose(file) } }
            guard let file, fputs(text, file) >= 0 else { throw TestFailure("write \(path)") }
            tell()
        }

        func end() {
            over.withLock { $0 = true }
            tell()
        }

        func tell() { changes.tell(0, ()) }

        func entries(_ request: LogRequest = LogRequest()) async throws -> LogEntries {
            let follows = request.end != .now
            return try await LogEntries(
                of: path, request,
                feed: LogEntries.Feed(
                    change: { [changes] in changes.expect(0) }, watch: { _ in },
                    isOver: { [self] in !follows || over.withLock { $0 } }))
        }

        /// All of them as text, one element each.
        func read(_ change: (inout LogRequest) -> Void = { _ in }) async throws -> [String] {
            var request = LogRequest()
            change(&request)
            return try await entries(request).reduce(into: []) {
                $0.append(String(decoding: $1.bytes, as: UTF8.self))
            }
        }
    }

    private func withLog(_ body: (Log) async throws -> Void) async throws {
        try await withTemporaryDirectory { try await body(Log($0)) }
    }

    private func line(_ second: Int, _ rest: String) -> String {
        "2026-01-31T23:59:\(second < 10 ? "0" : "")\(second).000000000Z \(rest)\n"
    }

    @Test func `a log that is not there yet is empty`() async throws {
        try await withLog { log in
            let found = try await log.read()
            #expect(found.isEmpty)
        }
    }

    @Test func `entries come in order, with stream, time and newline`() async throws {
        try await withLog { log in
            try log.write(line(1, "stdout F one") + line(2, "stderr P two") + line(3, "stdout F "))
            var found: [LogEntry] = []
            for try await entry in try await log.entries() { found.append(entry) }
            #expect(
                found == [
                    LogEntry(
                        stream: .stdout, time: "2026-01-31T23:59:01.000000000Z",
                        bytes: Array("one\n".utf8)),
                    LogEntry(
                        stream: .stderr, time: "2026-01-31T23:59:02.000000000Z",
                        bytes: Array("two".utf8)),
                    LogEntry(
                        stream: .stdout, time: "2026-01-31T23:59:03.000000000Z", bytes: [10]),
                ])
        }
    }

    @Test func `what no scribe wrote is left out`() async throws {
        try await withLog { log in
            let garbage = String(repeating: "\u{1}", count: 600_000)
            try log.write("x\n\n" + garbage + "\n" + line(1, "stdout F one") + line(2, "std"))
            #expect(try await log.read() == ["one\n"])
        }
    }

    @Test func `what is written after the question is not waited for`() async throws {
        try await withLog { log in
            let empty = try await log.entries()
            try log.write(line(1, "stdout F one"))
            let first = try await log.entries()
            var found: [String] = []
            // A container that always writes once more before it is read.
            for try await entry in first {
                found.append(String(decoding: entry.bytes, as: UTF8.self))
                guard found.count < 3 else { break }
                try log.write(line(1 + found.count, "stdout F more"))
            }
            #expect(found == ["one\n"])
            #expect(try await empty.reduce(into: 0) { count, _ in count += 1 } == 0)
        }
    }

    @Test func `half an entry waits for its other half`() async throws {
        try await withLog { log in
            try log.write(line(1, "stdout F one") + "2026-01-31T23:59:02.0")
            #expect(try await log.read() == ["one\n"])
        }
    }

    @Test func `one stream alone, or a span of time`() async throws {
        try await withLog { log in
            try log.write(
                line(1, "stdout F 1") + line(2, "stderr F 2") + line(3, "stdout F 3")
                    + line(4, "stderr F 4"))
            #expect(try await log.read { $0.stderr = false } == ["1\n", "3\n"])
            #expect(try await log.read { $0.stdout = false } == ["2\n", "4\n"])
            let third = try Date("2026-01-31T23:59:03Z", strategy: .iso8601)
            #expect(try await log.read { $0.since = third } == ["3\n", "4\n"])
            #expect(try await log.read { $0.until = third } == ["1\n", "2\n"])
            #expect(
                try await log.read { $0.since = third.addingTimeInterval(0.5) } == ["4\n"])
        }
    }

    @Test(arguments: [
        (0, []), (1, ["e"]), (2, ["d", "D\n", "e"]), (3, ["c\n", "d", "D\n", "e"]),
        (4, ["b", "B\n", "c\n", "d", "D\n", "e"]),
        (5, ["a\n", "b", "B\n", "c\n", "d", "D\n", "e"]),
        (9, ["a\n", "b", "B\n", "c\n", "d", "D\n", "e"]),
    ])
    func `the last lines are found, parts and all`(_ lines: Int, _ found: [String]) async throws {
        try await withLog { log in
            try log.write(
                line(1, "stdout F a") + line(2, "stdout P b") + line(3, "stdout F B")
                    + line(4, "stdout F c") + line(5, "stdout P d") + line(6, "stdout F D")
                    + line(7, "stdout P e"))
            #expect(try await log.read { $0.tail = lines } == found)
        }
    }

    @Test func `the last lines of one stream are counted alone`() async throws {
        try await withLog { log in
            let errors = (0..<3).map { line($0, "stderr F e\($0)") }.joined()
            let outs = (0..<50).map { line($0, "stdout F o\($0)") }.joined()
            try log.write(errors + outs)
            #expect(
                try await log.read {
                    $0.tail = 2
                    $0.stdout = false
                } == ["e1\n", "e2\n"])
        }
    }

    @Test(arguments: [1, 999, 5000, 20_000])
    func `the end of a long log is found without reading it from the start`(
        _ lines: Int
    ) async throws {
        try await withLog { log in
            let filling = String(repeating: "x", count: 77)
            let text = (0..<10_000).map { line($0 % 60, "stdout F \($0) \(filling)") }.joined()
            try log.write(text)
            let found = try await log.read { $0.tail = lines }
            #expect(found.count == min(lines, 10_000))
            #expect(found.first == "\(max(0, 10_000 - lines)) \(filling)\n")
            #expect(found.last == "9999 \(filling)\n")
        }
    }

    @Test func `a follower gets what comes, until it is over`() async throws {
        try await withLog { log in
            var request = LogRequest()
            request.end = .whenStopped
            let entries = try await log.entries(request)
            try await withThrowingTaskGroup(of: [String].self) { group in
                group.addTask {
                    try await entries.reduce(into: []) {
                        $0.append(String(decoding: $1.bytes, as: UTF8.self))
                    }
                }
                for number in 1...20 {
                    try log.write(line(number, "stdout F \(number)"))
                    await Task.yield()
                }
                log.end()
                #expect(try await group.next() == (1...20).map { "\($0)\n" })
            }
        }
    }

    @Test func `a follower who begins at the end misses nothing that comes`() async throws {
        try await withLog { log in
            try log.write(line(1, "stdout F old"))
            var request = LogRequest()
            request.end = .afterRun
            request.tail = 0
            let entries = try await log.entries(request)
            try log.write(line(2, "stdout F new"))
            log.end()
            let found = try await entries.reduce(into: []) { $0.append($1.bytes) }
            #expect(found == [Array("new\n".utf8)])
        }
    }

    @Test func `a log removed while it is followed ends quietly`() async throws {
        try await withLog { log in
            try log.write(line(1, "stdout F one"))
            var request = LogRequest()
            request.end = .whenStopped
            var entries = try await log.entries(request).makeAsyncIterator()
            #expect(try await entries.next()?.bytes == Array("one\n".utf8))
            unlink(log.path)
            log.end()
            #expect(try await entries.next() == nil)
        }
    }

    @Test func `a follower that is cancelled stops waiting`() async throws {
        try await withLog { log in
            var request = LogRequest()
            request.end = .whenStopped
            let entries = try await log.entries(request)
            let found = await withTaskGroup(of: Bool.self) { group in
                group.addTask {
                    do {
                        for try await _ in entries {}
                        return false
                    } catch {
                        return error is CancellationError
                    }
                }
                group.cancelAll()
                return await group.next()
            }
            #expect(found == true)
        }
    }

    @Test func `times are written as logs have them`() {
        let date = Date(timeIntervalSince1970: 1_769_903_998.25)
        #expect(
            String(decoding: LogFilter.text(of: date), as: UTF8.self)
                == "2026-01-31T23:59:58.250000000Z")
    }
}
