/// How it is found out whether what runs in a container works.
public struct HealthConfig: Codable, Hashable, Sendable {
    /// `["NONE"]`, `["CMD", program, …]` or `["CMD-SHELL", script]`; empty leaves it to the image.
    public var test: [String]?
    /// Nanoseconds, as those below.
    public var interval: Int64?
    public var timeout: Int64?
    public var startPeriod: Int64?
    public var startInterval: Int64?
    public var retries: Int?

    public init(test: [String]? = nil) {
        self.test = test
    }

    private enum CodingKeys: String, CodingKey {
        case test = "Test"
        case interval = "Interval"
        case timeout = "Timeout"
        case startPeriod = "StartPeriod"
        case startInterval = "StartInterval"
        case retries = "Retries"
    }
}

/// Whether what runs in a container works.
public struct ContainerHealth: Codable, Hashable, Sendable {
    public struct Probe: Codable, Hashable, Sendable {
        /// RFC 3339.
        public var start: String
        public var end: String
        public var exitCode: Int
        public var output: String

        public init(start: String, end: String, exitCode: Int, output: String) {
            self.start = start
            self.end = end
            self.exitCode = exitCode
            self.output = output
        }

        private enum CodingKeys: String, CodingKey {
            case start = "Start"
            case end = "End"
            case exitCode = "ExitCode"
            case output = "Output"
        }
    }

    /// `starting`, `healthy` or `unhealthy`.
    public var status: String
    public var failingStreak: Int
    /// The last few, the oldest first.
    public var log: [Probe]

    public init(status: String, failingStreak: Int, log: [Probe]) {
        self.status = status
        self.failingStreak = failingStreak
        self.log = log
    }

    private enum CodingKeys: String, CodingKey {
        case status = "Status"
        case failingStreak = "FailingStreak"
        case log = "Log"
    }
}
