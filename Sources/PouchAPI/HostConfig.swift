/// What a container gets of its host. What is nil is left unsaid.
public struct HostConfig: Codable, Hashable, Sendable {
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
    }
}
