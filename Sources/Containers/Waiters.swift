import Synchronization

/// Those who wait to hear something about a key, each once.
final class Waiters<Key: Hashable & Sendable, Word: Sendable>: Sendable {
    private struct State {
        var waiting: [Key: [Int: AsyncStream<Word>.Continuation]] = [:]
        var count = 0
    }

    private let state = Mutex(State())

    /// Whatever is told from this call on is in the stream, which ends after one word or, if
    /// there is none to come, without.
    func expect(_ key: Key) -> AsyncStream<Word> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Word.self, bufferingPolicy: .bufferingOldest(1))
        let number = state.withLock { state in
            state.count += 1
            state.waiting[key, default: [:]][state.count] = continuation
            return state.count
        }
        continuation.onTermination = { [weak self] _ in self?.leave(key, number) }
        return stream
    }

    private func leave(_ key: Key, _ number: Int) {
        state.withLock { state in
            state.waiting[key]?[number] = nil
            if state.waiting[key]?.isEmpty == true { state.waiting[key] = nil }
        }
    }

    func tell(_ key: Key, _ word: Word) {
        for one in remove(key) {
            one.yield(word)
            one.finish()
        }
    }

    /// There will be nothing to hear about the key.
    func dismiss(_ key: Key) {
        for one in remove(key) { one.finish() }
    }

    var keys: [Key] { state.withLock { Array($0.waiting.keys) } }

    private func remove(_ key: Key) -> [AsyncStream<Word>.Continuation] {
        state.withLock { state in
            state.waiting.removeValue(forKey: key).map { Array($0.values) } ?? []
        }
    }
}

extension AsyncStream where Element: Sendable {
    /// The first element; nil if there is none, or none within the limit.
    func first(within limit: Duration? = nil) async -> Element? {
        guard let limit else { return await first { _ in true } }
        return await withTaskGroup(of: Element?.self) { group in
            group.addTask { await first { _ in true } }
            group.addTask {
                try? await Task.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }
}
