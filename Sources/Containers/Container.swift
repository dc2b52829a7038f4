public import FoundationEssentials

/// A container as it is remembered: what was asked for, what came of it, and how far it is.
///
/// A field that is added later must be optional, or records that exist can't be read.
public struct Container: Codable, Hashable, Sendable {
    /// How far a container has come between its first and its last record.
    public enum Phase: String, Codable, Sendable {
        /// Volumes and layer are being made; undone at start-up.
        case creating
        case ready
        /// No longer anybody's; finished at start-up.
        case removing
        /// The same, and its anonymous volumes go with it.
        case removingWithVolumes
    }

    public enum State: Codable, Hashable, Sendable {
        /// Never started.
        case created
        case running(Run)
        case exited(End)
    }

    /// A process that was started and has not ended as far as we know.
    public struct Run: Codable, Hashable, Sendable {
        public var startedAt: Date
        /// Nil until it is known.
        public var pid: Int32?
        /// Which boot of this host it belongs to: nothing survives into another.
        public var boot: String
        /// Whether its processes are frozen; nil in records from before there was that.
        public var isPaused: Bool?

        public init(startedAt: Date, pid: Int32? = nil, boot: String) {
            self.startedAt = startedAt
            self.pid = pid
            self.boot = boot
        }
    }

    /// How the last run ended, or why it could not begin.
    public struct End: Codable, Hashable, Sendable {
        /// 0 to 255; 125 to 127 if it could not begin, 255 if nobody knows.
        public var status: Int32
        /// Nil if it could not begin.
        public var startedAt: Date?
        public var finishedAt: Date
        /// Why it could not begin; empty if it did.
        public var error: String
        /// Whether it is to be started again by itself; nil is no.
        public var isToRestart: Bool?
        /// Whether the kernel killed for want of memory; nil is no.
        public var isOutOfMemory: Bool?

        public init(status: Int32, startedAt: Date?, finishedAt: Date, error: String = "") {
            self.status = status
            self.startedAt = startedAt
            self.finishedAt = finishedAt
            self.error = error
        }
    }

    /// What runs in a container: the image's word, and the request's over it.
    public struct Process: Codable, Hashable, Sendable {
        /// The program, then its arguments.
        public var arguments: [String]
        public var environment: [String]
        public var workingDirectory: String
        /// As in the image or the request: `name`, `uid`, `name:group`, … or empty.
        public var user: String
        public var stopSignal: Int32

        public init(
            arguments: [String], environment: [String] = [], workingDirectory: String = "/",
            user: String = "", stopSignal: Int32 = 15
        ) {
            self.arguments = arguments
            self.environment = environment
            self.workingDirectory = workingDirectory
            self.user = user
            self.stopSignal = stopSignal
        }
    }

    public let id: ContainerID
    public var name: String
    public let createdAt: Date
    /// Its limits and its restart policy may change.
    public var request: ContainerRequest
    public let imageID: String
    public let hostname: String
    public let process: Process
    /// The request's labels over the image's.
    public let labels: [String: String]
    /// Sorted so that a mount comes after those that it lies in.
    public var mounts: [MountPoint]
    public var phase: Phase
    public var state: State
    /// Nil is 0.
    public var restartCount: Int?
    /// Whether somebody wanted it to end; nil is no.
    public var isStopped: Bool?
    /// What came of its request's disk quota; nil if there is none.
    public var quotas: [LayerQuota]?

    public init(
        id: ContainerID, name: String, createdAt: Date, request: ContainerRequest,
        imageID: String, hostname: String, process: Process, labels: [String: String] = [:],
        mounts: [MountPoint] = [], phase: Phase = .creating, state: State = .created
    ) {
        self.id = id
        self.name = name
        self.createdAt = createdAt
        self.request = request
        self.imageID = imageID
        self.hostname = hostname
        self.process = process
        self.labels = labels
        self.mounts = mounts
        self.phase = phase
        self.state = state
    }

    public var isRunning: Bool { run != nil }

    /// The run that is on.
    public var run: Run? {
        if case .running(let run) = state { run } else { nil }
    }

    public var isPaused: Bool { run?.isPaused == true }

    /// As docker shows it: the image's name as the container's maker gave it.
    public var imageName: String { request.image }
}
