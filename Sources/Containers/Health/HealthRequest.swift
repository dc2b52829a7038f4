/// What somebody says about health checks, a container's maker or an image; nil is left unsaid.
public struct HealthRequest: Codable, Hashable, Sendable {
    private static let shell = ["/bin/sh", "-c"]

    /// The program, then its arguments; empty: nothing is checked.
    public var arguments: [String]?
    /// Seconds, as those below.
    public var interval: Double?
    public var timeout: Double?
    public var startPeriod: Double?
    public var startInterval: Double?
    public var retries: Int?

    /// As docker's clients and images write it: `[]`, `["NONE"]`, `["CMD", program, …]` or
    /// `["CMD-SHELL", script]`.
    public init(test words: [String] = []) throws(ContainerError) {
        switch words.first {
        case nil: arguments = nil
        case "NONE": arguments = []
        case "CMD" where !words.dropFirst().joined().isEmpty:
            arguments = Array(words.dropFirst())
        case "CMD-SHELL" where words.count == 2: arguments = Self.shell + [words[1]]
        default:
            throw .invalidRequest(
                "invalid health check \(words): write NONE, CMD and a program with its arguments, "
                    + "or CMD-SHELL and a script")
        }
    }

    /// The same in those words.
    public var test: [String]? {
        guard let arguments else { return nil }
        if arguments.isEmpty { return ["NONE"] }
        if arguments.count == 3, Array(arguments.prefix(2)) == Self.shell {
            return ["CMD-SHELL", arguments[2]]
        }
        return ["CMD"] + arguments
    }

    /// What this leaves unsaid is as the other has it.
    func over(_ other: HealthRequest) -> HealthRequest {
        guard arguments != [] else { return self }
        var merged = self
        merged.arguments = arguments ?? other.arguments
        merged.interval = interval ?? other.interval
        merged.timeout = timeout ?? other.timeout
        merged.startPeriod = startPeriod ?? other.startPeriod
        merged.startInterval = startInterval ?? other.startInterval
        merged.retries = retries ?? other.retries
        return merged
    }
}

extension Container {
    /// Nil if nothing is checked.
    public var healthCheck: HealthCheck? { try? request.health.flatMap { try HealthCheck($0) } }
}
