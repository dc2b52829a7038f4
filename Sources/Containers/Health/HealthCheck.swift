/// How it is found out whether what runs in a container works.
public struct HealthCheck: Codable, Hashable, Sendable {
    /// The program, then its arguments; it works if that ends with 0.
    public let arguments: [String]
    /// Seconds between the end of one and the begin of the next.
    public let interval: Double
    /// Seconds after which one that has not ended counts as failed.
    public let timeout: Double
    /// Seconds after the start in which a failure says nothing.
    public let startPeriod: Double
    /// How many must fail in a row.
    public let retries: Int

    private static let least = 0.001

    /// Zeros stand for what docker takes: 30 s, 30 s, and 3 in a row.
    public init(
        _ arguments: [String], interval: Double, timeout: Double, startPeriod: Double, retries: Int
    ) throws(ContainerError) {
        guard let program = arguments.first, !program.isEmpty else {
            throw .invalidRequest("no health check command: say what to run, or NONE")
        }
        for (name, value) in [
            ("interval", interval), ("timeout", timeout), ("start period", startPeriod),
        ] where value < 0 || value > 0 && value < Self.least {
            throw .invalidRequest("health check \(name) cannot be less than 1ms")
        }
        guard retries >= 0 else {
            throw .invalidRequest("health check retries cannot be negative")
        }
        self.arguments = arguments
        self.interval = interval == 0 ? 30 : interval
        self.timeout = timeout == 0 ? 30 : timeout
        self.startPeriod = startPeriod
        self.retries = retries == 0 ? 3 : retries
    }
}
