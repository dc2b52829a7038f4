import GRPCCore
import Synchronization

/// Lets one call at a time act on a volume; a second caller is told to come again.
final class RunningCalls: Sendable {
    private let volumes = Mutex<Set<String>>([])

    /// Acts on the volume with this id, unless another call does.
    func alone<Answer>(
        on volume: String, _ body: () async throws -> sending Answer
    ) async throws -> sending Answer {
        guard volumes.withLock({ $0.insert(volume).inserted }) else {
            throw RPCError(
                code: .aborted,
                message: "another call on volume \(volume) is not finished: try again later")
        }
        defer { volumes.withLock { _ = $0.remove(volume) } }
        return try await body()
    }
}
