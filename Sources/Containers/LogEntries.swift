/// What a container wrote, in order; ends as its ``LogRequest`` says.
public struct LogEntries: AsyncSequence, Sendable {
    public typealias Element = LogEntry

    public struct AsyncIterator: AsyncIteratorProtocol {
        public mutating func next() async throws -> LogEntry? { nil }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator() }
}
