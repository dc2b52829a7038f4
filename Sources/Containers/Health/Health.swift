public import FoundationEssentials
import Synchronization

/// Whether what runs in a container works, as far as its checks can tell.
public struct Health: Hashable, Sendable {
    public enum Status: String, Sendable {
        case starting, healthy, unhealthy
    }

    /// One check.
    public struct Probe: Hashable, Sendable {
        public let start: Date
        public let end: Date
        /// -1 if it did not end in time.
        public let status: Int32
        public let output: String
    }

    private static let mostProbes = 5

    public private(set) var status = Status.starting
    public private(set) var failures = 0
    /// The last few, the oldest first.
    public private(set) var probes: [Probe] = []

    mutating func note(_ probe: Probe, _ check: HealthCheck, isStarting: Bool) {
        probes.append(probe)
        probes = probes.suffix(Self.mostProbes)
        if probe.status == 0 {
            failures = 0
            status = .healthy
        } else if !isStarting || status != .starting {
            failures += 1
            if failures >= check.retries { status = .unhealthy }
        }
    }
}

/// The health of all containers that run and have a check.
final class HealthBook: Sendable {
    private let pages = Mutex<[ContainerID: Health]>([:])

    subscript(id: ContainerID) -> Health? {
        get { pages.withLock { $0[id] } }
        set { pages.withLock { $0[id] = newValue } }
    }
}
