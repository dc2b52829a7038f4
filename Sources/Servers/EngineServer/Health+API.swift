import Containers
import PouchAPI

extension HealthRequest {
    /// Zeros stand for what is left unsaid.
    init(_ asked: HealthConfig) throws {
        try self.init(test: asked.test ?? [])
        let seconds = { (time: Int64?) in time.flatMap { $0 == 0 ? nil : Double($0) / 1e9 } }
        interval = seconds(asked.interval)
        timeout = seconds(asked.timeout)
        startPeriod = seconds(asked.startPeriod)
        startInterval = seconds(asked.startInterval)
        retries = asked.retries.flatMap { $0 == 0 ? nil : $0 }
    }
}

extension HealthConfig {
    init(_ request: HealthRequest) {
        self.init(test: request.test)
        let nanoseconds = { (time: Double?) in time.map { Int64(($0 * 1e9).rounded()) } }
        interval = nanoseconds(request.interval)
        timeout = nanoseconds(request.timeout)
        startPeriod = nanoseconds(request.startPeriod)
        startInterval = nanoseconds(request.startInterval)
        retries = request.retries
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
