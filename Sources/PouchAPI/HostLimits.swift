/// What of a host a container may use and do: the part of `HostConfig` that is not about its
/// mounts and networks. What is nil is left unsaid.
public struct HostLimits: Codable, Hashable, Sendable {
    public struct RestartPolicy: Codable, Hashable, Sendable {
        public var name: String?
        public var maximumRetryCount: Int?

        public init(name: String? = nil, maximumRetryCount: Int? = nil) {
            self.name = name
            self.maximumRetryCount = maximumRetryCount
        }

        private enum CodingKeys: String, CodingKey {
            case name = "Name"
            case maximumRetryCount = "MaximumRetryCount"
        }
    }

    public struct Ulimit: Codable, Hashable, Sendable {
        public var name: String
        /// -1 is no limit.
        public var soft: Int64
        public var hard: Int64

        public init(name: String, soft: Int64, hard: Int64) {
            self.name = name
            self.soft = soft
            self.hard = hard
        }

        private enum CodingKeys: String, CodingKey {
            case name = "Name"
            case soft = "Soft"
            case hard = "Hard"
        }
    }

    public struct Device: Codable, Hashable, Sendable {
        public var pathOnHost: String
        public var pathInContainer: String?
        /// Of `rwm`.
        public var cgroupPermissions: String?

        public init(
            pathOnHost: String, pathInContainer: String? = nil, cgroupPermissions: String? = nil
        ) {
            self.pathOnHost = pathOnHost
            self.pathInContainer = pathInContainer
            self.cgroupPermissions = cgroupPermissions
        }

        private enum CodingKeys: String, CodingKey {
            case pathOnHost = "PathOnHost"
            case pathInContainer = "PathInContainer"
            case cgroupPermissions = "CgroupPermissions"
        }
    }

    public struct LogConfig: Codable, Hashable, Sendable {
        public var type: String?
        public var config: [String: String]?

        public init(type: String? = nil, config: [String: String]? = nil) {
            self.type = type
            self.config = config
        }

        private enum CodingKeys: String, CodingKey {
            case type = "Type"
            case config = "Config"
        }
    }

    public var restartPolicy: RestartPolicy?
    /// Bytes.
    public var memory: Int64?
    public var memoryReservation: Int64?
    /// Bytes of memory and swap together.
    public var memorySwap: Int64?
    public var memorySwappiness: Int64?
    public var oomKillDisable: Bool?
    public var oomScoreAdj: Int?
    public var nanoCPUs: Int64?
    public var cpuShares: Int64?
    /// Microseconds.
    public var cpuPeriod: Int64?
    public var cpuQuota: Int64?
    public var cpusetCpus: String?
    public var cpusetMems: String?
    public var pidsLimit: Int64?
    public var blkioWeight: Int?
    public var capAdd: [String]?
    public var capDrop: [String]?
    public var securityOpt: [String]?
    public var privileged: Bool?
    public var ulimits: [Ulimit]?
    public var devices: [Device]?
    /// Bytes of /dev/shm.
    public var shmSize: Int64?
    /// Whether a small init process reaps the container's orphans.
    public var initProcess: Bool?
    public var logConfig: LogConfig?
    public var cgroupParent: String?
    public var groupAdd: [String]?
    public var sysctls: [String: String]?
    public var ipcMode: String?
    public var pidMode: String?
    public var utsMode: String?
    public var usernsMode: String?
    public var cgroupnsMode: String?
    public var runtime: String?
    public var storageOpt: [String: String]?
    /// The original's, which is not among these when a container is made.
    public var diskQuota: [String: String]?

    public init() {}

    private enum CodingKeys: String, CodingKey {
        case restartPolicy = "RestartPolicy"
        case memory = "Memory"
        case memoryReservation = "MemoryReservation"
        case memorySwap = "MemorySwap"
        case memorySwappiness = "MemorySwappiness"
        case oomKillDisable = "OomKillDisable"
        case oomScoreAdj = "OomScoreAdj"
        case nanoCPUs = "NanoCpus"
        case cpuShares = "CpuShares"
        case cpuPeriod = "CpuPeriod"
        case cpuQuota = "CpuQuota"
        case cpusetCpus = "CpusetCpus"
        case cpusetMems = "CpusetMems"
        case pidsLimit = "PidsLimit"
        case blkioWeight = "BlkioWeight"
        case capAdd = "CapAdd"
        case capDrop = "CapDrop"
        case securityOpt = "SecurityOpt"
        case privileged = "Privileged"
        case ulimits = "Ulimits"
        case devices = "Devices"
        case shmSize = "ShmSize"
        case initProcess = "Init"
        case logConfig = "LogConfig"
        case cgroupParent = "CgroupParent"
        case groupAdd = "GroupAdd"
        case sysctls = "Sysctls"
        case ipcMode = "IpcMode"
        case pidMode = "PidMode"
        case utsMode = "UTSMode"
        case usernsMode = "UsernsMode"
        case cgroupnsMode = "CgroupnsMode"
        case runtime = "Runtime"
        case storageOpt = "StorageOpt"
        case diskQuota = "DiskQuota"
    }
}

/// A whole `HostConfig`, whose parts lie beside each other on the wire.
public struct HostSettings: Codable, Hashable, Sendable {
    public var config: HostConfig
    public var limits: HostLimits

    public init(config: HostConfig = HostConfig(), limits: HostLimits = HostLimits()) {
        self.config = config
        self.limits = limits
    }

    public init(from decoder: any Decoder) throws {
        config = try HostConfig(from: decoder)
        limits = try HostLimits(from: decoder)
    }

    public func encode(to encoder: any Encoder) throws {
        try config.encode(to: encoder)
        try limits.encode(to: encoder)
    }
}

/// Answers `POST /containers/{id}/update`.
public struct UpdateResponse: Codable, Hashable, Sendable {
    public var warnings: [String]

    public init(warnings: [String] = []) {
        self.warnings = warnings
    }

    private enum CodingKeys: String, CodingKey {
        case warnings = "Warnings"
    }
}
