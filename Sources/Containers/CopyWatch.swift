import Synchronization

/// Looks after a copy that keeps others waiting: it may take long, but its client may not.
final class CopyWatch: Sendable {
    private static let look = Duration.milliseconds(200)

    /// Since when the client is waited for; nil while the work is ours.
    private let since = Mutex<ContinuousClock.Instant?>(nil)
    private let patience: Duration
    private let isAwaited: @Sendable () -> Bool

    /// `isAwaited` says whether anybody waits for the end of the copy.
    init(patience: Duration, isAwaited: @escaping @Sendable () -> Bool) {
        self.patience = patience
        self.isAwaited = isAwaited
    }

    /// The client takes something, or gives something.
    func client<Answer>(_ body: () async throws -> Answer) async throws -> Answer {
        begin()
        defer { since.withLock { $0 = nil } }
        let answer = try await body()
        try Task.checkCancellation()
        return answer
    }

    func begin() { since.withLock { $0 = .now } }

    /// The client has given something; it is awaited again when this ends.
    func between(_ body: () async throws -> Void) async throws {
        since.withLock { $0 = nil }
        try await body()
        try Task.checkCancellation()
        begin()
    }

    /// Does `body`, unless its client stalls while others wait.
    func over<Answer: Sendable>(
        _ body: @escaping @Sendable () async throws -> Answer
    ) async throws -> Answer {
        try await withThrowingTaskGroup(of: Answer?.self) { group in
            group.addTask(operation: body)
            group.addTask {
                while !self.hasStalled { try await Task.sleep(for: Self.look) }
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let answer = first else {
                throw ContainerError.stalledCopy(patience)
            }
            return answer
        }
    }

    private var hasStalled: Bool {
        guard let since = since.withLock({ $0 }) else { return false }
        return ContinuousClock.now - since > patience && isAwaited()
    }
}
