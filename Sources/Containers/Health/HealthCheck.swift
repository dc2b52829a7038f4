/// How it is found out whether what runs in a container works.
public struct HealthCheck: Hashable, Sendable {
    /// The program, then its arguments; it works if that ends with 0.
    public let arguments: [String]
    /// Seconds between the end of one and the begin of the next.
    public let interval: Double
    /// Seconds after which one that has not ended counts as failed.
    public let timeout: Double
    /// Seconds after the start in which a failure says nothing.
    public let startPeriod: Double
    /// The interval in that time, until one succeeds.
    public let startInterval: Double
    /// How many must fail in a row.
    public let retries: Int

    private static let least = 0.001

    /// Nil if nothing is to be checked. What is left unsaid is as docker has it: each 30 s, for
    /// 30 s, 3 in a row, and each 5 s in the start period.
    init?(_ request: HealthRequest) throws(ContainerError) {
        for (name, value) in [
            ("interval", request.interval), ("timeout", request.timeout),
            ("start period", request.startPeriod), ("start interval", request.startInterval),
        ] {
            guard let value, value < Self.least else { continue }
            throw .invalidRequest("health check \(name) cannot be less than 1ms")
        }
        guard request.retries ?? 0 >= 0 else {
            throw .invalidRequest("health check retries cannot be negative")
        }
        guard let arguments = request.arguments, !arguments.isEmpty else { return nil }
        self.arguments = arguments
        interval = request.interval ?? 30
        timeout = request.timeout ?? 30
        startPeriod = request.startPeriod ?? 0
        startInterval = request.startInterval ?? min(5, interval)
        retries = request.retries ?? 3
    }
}
