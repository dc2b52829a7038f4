/// How far a container's process has come.
public struct ContainerState: Codable, Hashable, Sendable {
    /// `created`, `running`, `exited`, …
    public var status: String
    public var isRunning: Bool
    public var isPaused = false
    public var isRestarting = false
    public var wasOutOfMemory = false
    public var isDead = false
    public var pid: Int
    public var exitCode: Int
    /// Why it could not start; empty if it could.
    public var error: String
    /// RFC 3339; `0001-01-01T00:00:00Z` if it never did.
    public var startedAt: String
    /// RFC 3339; `0001-01-01T00:00:00Z` if it has not.
    public var finishedAt: String
    /// Nil if nothing is checked.
    public var health: ContainerHealth?

    public init(
        status: String, isRunning: Bool, pid: Int, exitCode: Int, error: String = "",
        startedAt: String, finishedAt: String
    ) {
        self.status = status
        self.isRunning = isRunning
        self.pid = pid
        self.exitCode = exitCode
        self.error = error
        self.startedAt = startedAt
        self.finishedAt = finishedAt
    }

    private enum CodingKeys: String, CodingKey {
        case status = "Status"
        case isRunning = "Running"
        case isPaused = "Paused"
        case isRestarting = "Restarting"
        case wasOutOfMemory = "OOMKilled"
        case isDead = "Dead"
        case pid = "Pid"
        case exitCode = "ExitCode"
        case error = "Error"
        case startedAt = "StartedAt"
        case finishedAt = "FinishedAt"
        case health = "Health"
    }
}
