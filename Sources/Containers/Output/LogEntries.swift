import Glibc

/// What a container wrote, in order; ends as its ``LogRequest`` says.
public struct LogEntries: AsyncSequence, Sendable {
    public typealias Element = LogEntry

    /// How a reader learns of what comes.
    struct Feed: Sendable {
        /// Ends its wait when there may be news, from the call on.
        var change: @Sendable () -> AsyncStream<Void>
        /// Asks for a change once the log is longer than this.
        var watch: @Sendable (_ offset: Int) -> Void
        /// Keeps what is not read yet; nil where nothing goes.
        var hold: LogHold?
        /// Whether nothing will be written any more that is wanted.
        var isOver: @Sendable () -> Bool
    }

    private let path: String
    private let file: LogFile?
    private let start: Int
    /// Where to end, so that reading does not run after a container that writes as fast; nil to
    /// follow it.
    private let limit: Int?
    private let filter: LogFilter
    private let feed: Feed

    /// Finds where to begin, so that what is written from then on is not missed.
    init(of path: String, _ request: LogRequest, feed: Feed) async throws {
        self.path = path
        self.feed = feed
        filter = LogFilter(request)
        file = try LogFile(path)
        switch (file, request.tail) {
        case (let file?, 0): start = try await file.size()
        case (let file?, let lines?):
            start = try await file.start(
                ofLast: lines, stdout: request.stdout, stderr: request.stderr)
        default: start = 0
        }
        limit = request.end == .now ? try await file?.size() ?? 0 : nil
        feed.hold?.move(to: start)
    }

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(self)
    }

    public struct AsyncIterator: AsyncIteratorProtocol {
        private static let chunk = 256 << 10

        private let entries: LogEntries
        private var file: LogFile?
        private var offset: Int
        private var ready: ArraySlice<LogEntry> = []
        private var isAtEnd = false

        fileprivate init(_ entries: LogEntries) {
            self.entries = entries
            file = entries.file
            offset = entries.start
        }

        public mutating func next() async throws -> LogEntry? {
            if ready.isEmpty { try await fill() }
            return ready.popFirst()
        }

        /// All that can be had without waiting, after waiting for the first; empty at the end.
        fileprivate mutating func nextBatch() async throws -> [LogEntry] {
            if ready.isEmpty { try await fill() }
            defer { ready = [] }
            return Array(ready)
        }

        /// Waits until something is ready, or there will be no more.
        private mutating func fill() async throws {
            while ready.isEmpty, !isAtEnd {
                let change = entries.feed.change()
                // Asked before the last look, so that nothing is missed.
                let isOver = entries.feed.isOver()
                if try await readOn() { continue }
                if isOver { return }
                entries.feed.watch(offset)
                for await _ in change { break }
                try Task.checkCancellation()
            }
        }

        /// Reads what is there; answers false if that is nothing.
        private mutating func readOn() async throws -> Bool {
            if file == nil { file = try LogFile(entries.path) }
            guard let file else { return false }
            let count = entries.limit.map { Swift.min($0 - offset, Self.chunk) } ?? Self.chunk
            guard count > 0 else { return false }
            let (found, bytes) = try await file.read(at: offset, count: count)
            var begin = 0
            // What is left of the entry that the hole ends in is none.
            if found > offset { begin = Self.newline(in: bytes, from: 0).map { $0 + 1 } ?? 0 }
            while let newline = Self.newline(in: bytes, from: begin) {
                take(bytes[begin..<newline])
                begin = newline + 1
            }
            // No entry is as long as that: it isn't one.
            if begin == 0, bytes.count == Self.chunk { begin = bytes.count }
            offset = found + begin
            if begin > 0 { entries.feed.hold?.move(to: offset) }
            return begin > 0
        }

        /// By libc, which looks at many bytes at a time.
        private static func newline(in bytes: [UInt8], from begin: Int) -> Int? {
            bytes.withUnsafeBytes { buffer in
                guard let base = buffer.baseAddress,
                    let found = memchr(base + begin, 10, buffer.count - begin)
                else { return nil }
                return base.distance(to: found)
            }
        }

        private mutating func take(_ text: ArraySlice<UInt8>) {
            guard !isAtEnd, let line = LogLine(text) else { return }
            switch entries.filter.judge(line) {
            case .take: ready.append(line.entry)
            case .leave: break
            case .end: isAtEnd = true
            }
        }
    }

    /// The same in pieces, for who hands much on at once.
    public var batches: Batches { Batches(entries: self) }

    public struct Batches: AsyncSequence, Sendable {
        fileprivate let entries: LogEntries

        public func makeAsyncIterator() -> AsyncIterator {
            AsyncIterator(iterator: entries.makeAsyncIterator())
        }

        public struct AsyncIterator: AsyncIteratorProtocol {
            fileprivate var iterator: LogEntries.AsyncIterator

            public mutating func next() async throws -> [LogEntry]? {
                let batch = try await iterator.nextBatch()
                return batch.isEmpty ? nil : batch
            }
        }
    }
}
