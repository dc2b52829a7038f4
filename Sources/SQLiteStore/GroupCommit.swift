import GRDB
import Linux
import Synchronization
import Volumes

/// Lets actions that come at the same time share one durable write.
///
/// While one transaction is being written, those that come meanwhile gather; they are the next
/// one. Where there are several, each has a savepoint of its own, so that one that is refused takes
/// no other with it.
final class GroupCommit: Sendable {
    typealias Work = @Sendable (Database) throws -> Void

    private struct Entry {
        let work: Work
        let done: CheckedContinuation<Void, any Error>
    }

    private let database: DatabaseQueue
    private let gathered = Mutex<[Entry]>([])

    init(_ database: DatabaseQueue) {
        self.database = database
    }

    /// Returns when what `work` wrote is durable.
    ///
    /// Not undone by cancellation: whoever waits for the outcome needs the true one.
    func perform(_ work: @escaping Work) async throws {
        try await withCheckedThrowingContinuation { continuation in
            let isFirst = gathered.withLock { gathered in
                gathered.append(Entry(work: work, done: continuation))
                return gathered.count == 1
            }
            guard isFirst else { return }
            if BlockingThread.current != nil {
                database.writeWithoutTransaction { self.write($0) }
            } else {
                database.asyncWriteWithoutTransaction { self.write($0) }
            }
        }
    }

    private func write(_ db: Database) {
        let entries = gathered.withLock { gathered in
            defer { gathered = [] }
            return gathered
        }
        var results: [Result<Void, any Error>] = []
        do {
            try db.inTransaction(.immediate) {
                guard entries.count > 1 else {
                    try entries.first?.work(db)
                    results = [.success(())]
                    return .commit
                }
                results = entries.map { entry in Result { try perform(entry.work, in: db) } }
                return .commit
            }
        } catch {
            results = entries.map { _ in .failure(error) }
        }
        for (entry, result) in zip(entries, results) { entry.done.resume(with: result) }
    }

    private func perform(_ work: Work, in db: Database) throws {
        try db.inSavepoint {
            try work(db)
            return .commit
        }
    }
}
