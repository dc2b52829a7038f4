/// The body of every answer that is an error.
public struct ErrorResponse: Codable, Hashable, Sendable {
    public var message: String
    /// Ours: when a container's command could not be run, the status with which `run` ends, 126
    /// (it is no program) or 127 (there is no such file). Absent from every other error.
    public var exitStatus: Int32?

    public init(message: String, exitStatus: Int32? = nil) {
        self.message = message
        self.exitStatus = exitStatus
    }
}
