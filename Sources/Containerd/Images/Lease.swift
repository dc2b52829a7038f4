import ContainerdAPI
import FoundationEssentials
import GRPCCore
import SwiftProtobuf

extension Connection {
    /// Until when containerd keeps what a lease protects if nobody ends the lease.
    private static let longestLease: TimeInterval = 24 * 3600

    /// Runs `body` with a lease: what is made under it is not swept before it has an owner.
    ///
    /// - Parameter keptWhenCancelled: What was made stays for a day after a cancellation, so that
    ///   another try need not begin anew.
    func withLease<Answer: Sendable>(
        keptWhenCancelled: Bool = false, _ body: (_ lease: String) async throws -> Answer
    ) async throws -> Answer {
        let lease = "pouch-\(UUID().uuidString.lowercased())"
        let end = Date(timeIntervalSinceNow: Self.longestLease)
        _ = try await call {
            try await $0.leases.create(
                .with {
                    $0.id = lease
                    $0.labels["containerd.io/gc.expire"] = end.formatted(.iso8601)
                }, metadata: $0.metadata, options: $0.options)
        }
        // Also after a failure, and without holding up the caller.
        defer {
            if !keptWhenCancelled || !Task.isCancelled {
                background.add { try? await self.end(lease) }
            }
        }
        return try await body(lease)
    }

    private func end(_ lease: String) async throws {
        _ = try await call {
            try await $0.leases.delete(
                .with { $0.id = lease }, metadata: $0.metadata, options: $0.options)
        }
    }
}
