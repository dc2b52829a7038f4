import Containers
import PouchAPI

extension HealthCheck {
    /// Nil if nothing is to be checked.
    init?(_ asked: HealthConfig) throws {
        let words = asked.test ?? []
        let arguments: [String]
        switch words.first {
        case nil, "NONE": return nil
        case "CMD": arguments = Array(words.dropFirst())
        case "CMD-SHELL" where words.count == 2: arguments = ["/bin/sh", "-c", words[1]]
        default:
            throw Refusal.invalid(
                "invalid health check \(words): begin it with CMD, CMD-SHELL or NONE")
        }
        guard asked.startInterval ?? 0 == 0 else {
            throw Refusal.unsupported("Healthcheck.StartInterval is not supported: leave it out")
        }
        let seconds = { (nanoseconds: Int64?) in Double(nanoseconds ?? 0) / 1e9 }
        try self.init(
            arguments, interval: seconds(asked.interval), timeout: seconds(asked.timeout),
            startPeriod: seconds(asked.startPeriod), retries: asked.retries ?? 0)
    }
}

extension HealthConfig {
    init(_ check: HealthCheck) {
        self.init(test: ["CMD"] + check.arguments)
        interval = Int64(check.interval * 1e9)
        timeout = Int64(check.timeout * 1e9)
        startPeriod = Int64(check.startPeriod * 1e9)
        retries = check.retries
    }
}

extension ContainerHealth {
    init(_ health: Health) {
        self.init(
            status: health.status.rawValue, failingStreak: health.failures,
            log: health.probes.map {
                Probe(
                    start: Timestamp.precise($0.start), end: Timestamp.precise($0.end),
                    exitCode: Int($0.status), output: $0.output)
            })
    }
}

extension Health {
    /// As people read it in a list.
    var words: String { status == .starting ? "health: starting" : status.rawValue }
}
