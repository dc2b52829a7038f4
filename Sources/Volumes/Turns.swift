import Synchronization

/// Lets one caller at a time act on a key; callers on different keys never wait for each other.
///
/// An actor alone is not enough: it lets another caller in at every `await`. Turns come in the
/// order asked for, and a caller whose task is cancelled keeps its place: half an action is worse
/// than one too many.
public final class Turns<Key: Hashable & Sendable>: Sendable {
    /// A key is present while someone has the turn; the array holds who is next, in order.
    private let queues = Mutex<[Key: [CheckedContinuation<Void, Never>]]>([:])

    public init() {}

    /// Waits for the turn for `key`, acts, and hands the turn on, also when `action` throws.
    public func take<Answer>(
        _ key: Key, _ action: () async throws -> sending Answer
    ) async rethrows -> sending Answer {
        await begin(key)
        defer { end(key) }
        return try await action()
    }

    /// Whether somebody waits for the turn for `key`.
    public func isAwaited(_ key: Key) -> Bool {
        queues.withLock { $0[key]?.isEmpty == false }
    }

    private func begin(_ key: Key) async {
        await withCheckedContinuation { continuation in
            let isFree = queues.withLock { queues in
                guard queues[key] != nil else {
                    queues[key] = []
                    return true
                }
                queues[key]?.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    /// Hands the turn straight to the next in line, so nobody can slip in between.
    private func end(_ key: Key) {
        let next = queues.withLock { queues -> CheckedContinuation<Void, Never>? in
            guard let waiting = queues[key], !waiting.isEmpty else {
                queues[key] = nil
                return nil
            }
            return queues[key]?.removeFirst()
        }
        next?.resume()
    }
}
