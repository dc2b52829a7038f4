/// What a container gets of its host. What is nil is left unsaid.
public struct HostConfig: Codable, Hashable, Sendable {
    /// What happens when the container's process ends.
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

    /// `[source:]destination[:mode]` each, as after `-v`.
    public var binds: [String]?
    public var mounts: [MountRequest]?
    /// Mount options by destination.
    public var tmpfs: [String: String]?
    /// `container[:mode]` each.
    public var volumesFrom: [String]?
    /// For volumes that this container makes.
    public var volumeDriver: String?
    /// Where ports of the container's are published, by port: `80/tcp`.
    public var portBindings: [String: [PortBinding]?]?
    public var publishAllPorts: Bool?
    public var dns: [String]?
    public var dnsOptions: [String]?
    public var dnsSearch: [String]?
    /// `name:address` each; `host-gateway` stands for the daemon's host.
    public var extraHosts: [String]?
    public var links: [String]?
    /// `bridge`, `host` or `none`; empty and `default` leave it to the daemon.
    public var networkMode: String?
    /// Whether the container goes, with its anonymous volumes, when its process ends.
    public var autoRemove: Bool?
    public var readonlyRootfs: Bool?
    public var privileged: Bool?
    public var capAdd: [String]?
    public var capDrop: [String]?
    public var securityOpt: [String]?
    public var restartPolicy: RestartPolicy?
    /// Bytes.
    public var memory: Int64?
    /// Bytes.
    public var shmSize: Int64?
    public var nanoCPUs: Int64?
    public var pidsLimit: Int64?
    /// Whether a small init process reaps the container's orphans.
    public var initProcess: Bool?

    public init() {}

    private enum CodingKeys: String, CodingKey {
        case binds = "Binds"
        case mounts = "Mounts"
        case tmpfs = "Tmpfs"
        case volumesFrom = "VolumesFrom"
        case volumeDriver = "VolumeDriver"
        case portBindings = "PortBindings"
        case publishAllPorts = "PublishAllPorts"
        case dns = "Dns"
        case dnsOptions = "DnsOptions"
        case dnsSearch = "DnsSearch"
        case extraHosts = "ExtraHosts"
        case links = "Links"
        case networkMode = "NetworkMode"
        case autoRemove = "AutoRemove"
        case readonlyRootfs = "ReadonlyRootfs"
        case privileged = "Privileged"
        case capAdd = "CapAdd"
        case capDrop = "CapDrop"
        case securityOpt = "SecurityOpt"
        case restartPolicy = "RestartPolicy"
        case memory = "Memory"
        case shmSize = "ShmSize"
        case nanoCPUs = "NanoCpus"
        case pidsLimit = "PidsLimit"
        case initProcess = "Init"
    }
}
