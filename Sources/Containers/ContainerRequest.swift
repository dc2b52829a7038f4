/// What is asked of a container when it is made. What is nil is left unsaid: the image decides.
///
/// It is kept with the container: a field that is added later must be optional, or records that
/// exist can't be read.
public struct ContainerRequest: Codable, Hashable, Sendable {
    /// The networks that a container can have.
    public enum Network: String, Codable, Sendable {
        case bridge, host, none
    }

    /// Nil lets the manager choose one.
    public var name: String?
    public var image: String
    public var command: [String]?
    public var entrypoint: [String]?
    /// `NAME=value` each; `NAME` alone takes the image's away.
    public var environment: [String] = []
    public var user: String?
    public var workingDirectory: String?
    public var hostname: String?
    public var labels: [String: String] = [:]

    public var isTerminal = false
    public var opensStdin = false
    /// Whether stdin ends when the first client that wrote to it leaves.
    public var closesStdinOnce = false
    public var attachesStdin = false
    public var attachesStdout = false
    public var attachesStderr = false

    /// `[source:]destination[:mode]` each, as after `-v`.
    public var binds: [String] = []
    public var mounts: [RequestedMount] = []
    /// Paths that get an anonymous volume each.
    public var volumes: [String] = []
    /// The driver of volumes that this container makes.
    public var volumeDriver: String?
    /// A tmpfs's options by its destination, as after `--tmpfs`.
    public var tmpfs: [String: String]?
    /// `container[:mode]` each, whose mounts this container gets too.
    public var volumesFrom: [String]?

    public var network: Network = .host
    public var ports: [PortMapping]?
    /// Whether every port that the image or the request exposes gets one of the host's.
    public var publishesAllPorts: Bool?
    /// `80/tcp` each.
    public var exposedPorts: [String]?
    public var nameResolution: NameResolution?
    public var hasReadOnlyRoot = false
    public var removesItself = false
    /// A name with or without `SIG`, or a number.
    public var stopSignal: String?
    /// Seconds.
    public var stopTimeout: Int?

    // Records from before there were these have none.
    public var restart: RestartPolicy?
    public var limits: ContainerLimits?
    public var capabilities: CapabilityChoice?
    public var ulimits: [Ulimit]?
    public var devices: [DeviceRequest]?
    /// Whether its programs' setuid bits have no effect.
    public var gainsNoPrivileges: Bool?
    /// Of a container that is there: what holds, the image's word included.
    public var health: HealthRequest?
    public var log: LogChoice?
    /// Bytes of /dev/shm.
    public var sharedMemory: Int64?
    public var diskQuota: DiskQuota?
    /// Whether it has all of root's powers and the host's devices; nil is no.
    public var isPrivileged: Bool?
    /// Whether a small process before its own reaps orphans and hands signals on; nil is no.
    public var hasInit: Bool?

    public init(image: String) {
        self.image = image
    }
}
