import Synchronization
import Volumes

/// How many files were looked at, of volumes that are being made.
final class Counts: Sendable {
    private let counts = Mutex<[VolumeName: Int]>([:])

    subscript(name: VolumeName) -> Int? { counts.withLock { $0[name] } }

    /// Counts while `body` runs.
    func during<Result>(
        _ name: VolumeName, _ body: (_ count: @escaping @Sendable () -> Void) async throws -> Result
    ) async rethrows -> Result {
        counts.withLock { $0[name] = 0 }
        defer { counts.withLock { $0[name] = nil } }
        return try await body { [self] in counts.withLock { $0[name]? += 1 } }
    }
}
