public import FoundationEssentials

/// A process that somebody runs in a container beside the container's own.
///
/// It is not remembered: it ends with the container, and a daemon that starts again knows only of
/// the container.
public struct Execution: Hashable, Sendable {
    public enum State: Hashable, Sendable {
        case created
        case running(pid: Int32)
        case ended(status: Int32)
    }

    /// What is asked of it.
    public struct Request: Hashable, Sendable {
        /// The program, then its arguments.
        public var arguments: [String]
        /// `NAME=value` each, over the container's.
        public var environment: [String] = []
        /// Nil leaves it to the container, as below.
        public var user: String?
        public var workingDirectory: String?
        public var isTerminal = false
        public var attachesStdin = false
        public var attachesStdout = false
        public var attachesStderr = false
        public var isPrivileged = false
        /// As the client wrote it; empty for the usual.
        public var detachKeys = ""

        public init(arguments: [String]) {
            self.arguments = arguments
        }
    }

    /// 64 hex digits, like a container's.
    public let id: String
    public let container: ContainerID
    public let request: Request
    public internal(set) var state = State.created

    public var isRunning: Bool { if case .running = state { true } else { false } }
}

/// A process beside a container's own, as the runtime knows it.
public struct SideProcess: Hashable, Sendable {
    public let container: ContainerID
    public let id: String

    public init(container: ContainerID, id: String) {
        self.container = container
        self.id = id
    }
}

/// What a runtime needs to make a ``SideProcess``.
public struct SideProcessRequest: Sendable {
    /// The `process` of an OCI runtime specification, as JSON.
    public let specification: Data
    public let isTerminal: Bool
    /// FIFOs that exist; nil where the process gets /dev/null.
    public let stdin: String?
    public let stdout: String?
    public let stderr: String?
}
