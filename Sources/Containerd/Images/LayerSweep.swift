import ContainerdAPI
import FoundationEssentials
import GRPCCore
import Logging
import SwiftProtobuf
import Synchronization

/// Has containerd give back what removed layers took, once removals have come to rest.
///
/// containerd forgets a removed layer at once, but deletes its files only when it collects: after a
/// hundred changes, or when a lease is ended that wants it to. It misses what is removed meanwhile.
final class LayerSweep: Sendable {
    private static let rest = Duration.seconds(1)
    private static let slowest = Duration.seconds(600)

    private struct State {
        var removals = 0
        var isPlanned = false
        var hasEnded = false
    }

    private let connection: Connection
    private let logger: Logger
    private let state = Mutex(State())

    init(_ connection: Connection, logger: Logger) {
        self.connection = connection
        self.logger = logger
    }

    /// A layer was removed.
    func note() {
        let isPlanned = state.withLock { state in
            state.removals += 1
            defer { state.isPlanned = true }
            return state.isPlanned
        }
        guard !isPlanned else { return }
        connection.background.add { await self.sweepLater() }
    }

    /// Nothing is swept from now on: a containerd that is stopped must not be started for it.
    func end() { state.withLock { $0.hasEnded = true } }

    private var hasEnded: Bool { state.withLock { $0.hasEnded } }

    private func sweepLater() async {
        var seen = 0
        while let now = countUnlessAtRest(since: seen) {
            seen = now
            do { try await Task.sleep(for: Self.rest) } catch { return }
        }
        do {
            try await collect()
        } catch {
            logger.debug("containerd did not collect", metadata: ["reason": "\(error)"])
        }
    }

    /// Nil if nothing was removed since `seen` were: then the next removal plans anew.
    private func countUnlessAtRest(since seen: Int) -> Int? {
        state.withLock { state in
            guard state.removals == seen else { return state.removals }
            state.isPlanned = false
            return nil
        }
    }

    private func collect() async throws {
        let lease = "pouch-sweep-\(UUID().uuidString.lowercased())"
        guard !hasEnded else { return }
        _ = try await connection.call(repeatable: false) {
            try await $0.leases.create(
                .with {
                    $0.id = lease
                    // Should it not come to its end.
                    let end = Date(timeIntervalSinceNow: 3600)
                    $0.labels["containerd.io/gc.expire"] = end.formatted(.iso8601)
                }, metadata: $0.metadata, options: $0.options)
        }
        guard !hasEnded else { return }
        _ = try await connection.call(within: Self.slowest, repeatable: false) {
            try await $0.leases.delete(
                .with {
                    $0.id = lease
                    $0.sync = true
                }, metadata: $0.metadata, options: $0.options)
        }
    }
}
