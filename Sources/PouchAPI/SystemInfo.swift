/// Answers `GET /info`.
public struct SystemInfo: Codable, Hashable, Sendable {
    /// What the daemon can be extended with, by kind.
    public struct Plugins: Codable, Hashable, Sendable {
        public var volume: [String]
        public var network: [String]

        public init(volume: [String], network: [String]) {
            self.volume = volume
            self.network = network
        }

        private enum CodingKeys: String, CodingKey {
            case volume = "Volume"
            case network = "Network"
        }
    }

    /// Ours: what local volumes were promised of the disk that they share, in bytes.
    public struct VolumeSpace: Codable, Hashable, Sendable {
        public var size: Int64
        public var available: Int64
        /// The sum of all limits; one that several volumes share counts once.
        public var reserved: Int64
        /// How many volumes have no limit.
        public var unlimited: Int

        public init(size: Int64, available: Int64, reserved: Int64, unlimited: Int) {
            self.size = size
            self.available = available
            self.reserved = reserved
            self.unlimited = unlimited
        }

        private enum CodingKeys: String, CodingKey {
            case size = "Size"
            case available = "Available"
            case reserved = "Reserved"
            case unlimited = "Unlimited"
        }
    }

    public var id = ""
    public var name = ""
    public var serverVersion = ""
    /// The daemon's home directory.
    public var rootDirectory = ""
    public var containers = 0
    public var containersRunning = 0
    public var containersPaused = 0
    public var containersStopped = 0
    /// 0 as well when nothing that keeps images runs.
    public var images = 0
    /// Ours: how many volumes there are.
    public var volumes = 0
    public var volumeSpace: VolumeSpace?
    /// What keeps the containers' read-write layers.
    public var driver = ""
    public var plugins = Plugins(volume: [], network: [])
    /// How containers' output is kept.
    public var loggingDriver = ""
    public var cgroupDriver = ""
    /// `1` or `2`.
    public var cgroupVersion = ""
    public var defaultRuntime = ""
    /// `name=seccomp,…` each.
    public var securityOptions: [String] = []
    /// Whether containers go on while the daemon is away.
    public var isLiveRestoring = false
    /// RFC 3339, in UTC.
    public var systemTime = ""
    public var os = ""
    public var operatingSystem = ""
    public var architecture = ""
    public var kernelVersion = ""
    public var processors = 0
    /// Bytes.
    public var memory: Int64 = 0
    public var warnings: [String] = []

    public init() {}

    private enum CodingKeys: String, CodingKey {
        case id = "ID"
        case name = "Name"
        case serverVersion = "ServerVersion"
        case rootDirectory = "DockerRootDir"
        case containers = "Containers"
        case containersRunning = "ContainersRunning"
        case containersPaused = "ContainersPaused"
        case containersStopped = "ContainersStopped"
        case images = "Images"
        case volumes = "Volumes"
        case volumeSpace = "VolumeSpace"
        case driver = "Driver"
        case plugins = "Plugins"
        case loggingDriver = "LoggingDriver"
        case cgroupDriver = "CgroupDriver"
        case cgroupVersion = "CgroupVersion"
        case defaultRuntime = "DefaultRuntime"
        case securityOptions = "SecurityOptions"
        case isLiveRestoring = "LiveRestoreEnabled"
        case systemTime = "SystemTime"
        case os = "OSType"
        case operatingSystem = "OperatingSystem"
        case architecture = "Architecture"
        case kernelVersion = "KernelVersion"
        case processors = "NCPU"
        case memory = "MemTotal"
        case warnings = "Warnings"
    }
}
