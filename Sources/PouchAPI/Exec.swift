/// Asks for a process in a running container: `POST /containers/{id}/exec`.
public struct ExecCreateRequest: Codable, Hashable, Sendable {
    public var attachStdin: Bool?
    public var attachStdout: Bool?
    public var attachStderr: Bool?
    public var tty: Bool?
    public var privileged: Bool?
    public var detachKeys: String?
    public var user: String?
    public var workingDir: String?
    /// `NAME=value` each.
    public var env: [String]?
    public var cmd: [String]?
    /// Lines and columns.
    public var consoleSize: [Int]?

    public init(cmd: [String]) {
        self.cmd = cmd
    }

    private enum CodingKeys: String, CodingKey {
        case attachStdin = "AttachStdin"
        case attachStdout = "AttachStdout"
        case attachStderr = "AttachStderr"
        case tty = "Tty"
        case privileged = "Privileged"
        case detachKeys = "DetachKeys"
        case user = "User"
        case workingDir = "WorkingDir"
        case env = "Env"
        case cmd = "Cmd"
        case consoleSize = "ConsoleSize"
    }
}

/// Names what was made for later reference.
public struct ExecCreateResponse: Codable, Hashable, Sendable {
    public var id: String

    public init(id: String) {
        self.id = id
    }

    private enum CodingKeys: String, CodingKey {
        case id = "Id"
    }
}

/// How `POST /exec/{id}/start` is to go about it.
public struct ExecStartRequest: Codable, Hashable, Sendable {
    /// Whether the answer comes as soon as it runs, without what it writes.
    public var detach: Bool?
    public var tty: Bool?
    /// Lines and columns.
    public var consoleSize: [Int]?

    public init(detach: Bool? = nil, tty: Bool? = nil) {
        self.detach = detach
        self.tty = tty
    }

    private enum CodingKeys: String, CodingKey {
        case detach = "Detach"
        case tty = "Tty"
        case consoleSize = "ConsoleSize"
    }
}

/// Answers `GET /exec/{id}/json`.
public struct ExecDetails: Codable, Hashable, Sendable {
    public struct Process: Codable, Hashable, Sendable {
        public var entrypoint: String
        public var arguments: [String]
        public var tty: Bool
        public var user: String
        public var privileged: Bool

        public init(
            entrypoint: String, arguments: [String], tty: Bool, user: String, privileged: Bool
        ) {
            self.entrypoint = entrypoint
            self.arguments = arguments
            self.tty = tty
            self.user = user
            self.privileged = privileged
        }
    }

    public var id: String
    public var containerID: String
    public var isRunning: Bool
    /// Nil while it has not ended.
    public var exitCode: Int?
    public var pid: Int
    public var openStdin: Bool
    public var openStdout: Bool
    public var openStderr: Bool
    public var canRemove: Bool
    public var detachKeys: String
    public var process: Process

    public init(
        id: String, containerID: String, isRunning: Bool, exitCode: Int?, pid: Int,
        openStdin: Bool, openStdout: Bool, openStderr: Bool, detachKeys: String, process: Process
    ) {
        self.id = id
        self.containerID = containerID
        self.isRunning = isRunning
        self.exitCode = exitCode
        self.pid = pid
        self.openStdin = openStdin
        self.openStdout = openStdout
        self.openStderr = openStderr
        canRemove = false
        self.detachKeys = detachKeys
        self.process = process
    }

    private enum CodingKeys: String, CodingKey {
        case id = "ID"
        case containerID = "ContainerID"
        case isRunning = "Running"
        case exitCode = "ExitCode"
        case pid = "Pid"
        case openStdin = "OpenStdin"
        case openStdout = "OpenStdout"
        case openStderr = "OpenStderr"
        case canRemove = "CanRemove"
        case detachKeys = "DetachKeys"
        case process = "ProcessConfig"
    }
}
