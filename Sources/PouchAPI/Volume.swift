/// A volume as clients see it.
public struct Volume: Hashable, Sendable {
    public var name: String
    public var driver: String
    /// Where its data is, or will be, on the daemon's host.
    public var mountpoint: String
    /// RFC 3339, in UTC.
    public var createdAt: String
    /// What the driver knows about it, such as how full it is; nil when there is nothing to say.
    public var status: [String: String]?
    /// As given at create; nil when none were given.
    public var labels: [String: String]?
    /// `local`, or `global` when other hosts can reach the same data.
    public var scope: String
    /// As given at create; nil when none were given.
    public var options: [String: String]?
    /// Only where it was asked for: it must be measured.
    public var usage: UsageData?

    public init(
        name: String, driver: String, mountpoint: String, createdAt: String,
        status: [String: String]? = nil, labels: [String: String]? = nil, scope: String,
        options: [String: String]? = nil, usage: UsageData? = nil
    ) {
        self.name = name
        self.driver = driver
        self.mountpoint = mountpoint
        self.createdAt = createdAt
        self.status = status
        self.labels = labels
        self.scope = scope
        self.options = options
        self.usage = usage
    }
}

extension Volume: Codable {
    private enum CodingKeys: String, CodingKey {
        case name = "Name"
        case driver = "Driver"
        case mountpoint = "Mountpoint"
        case createdAt = "CreatedAt"
        case status = "Status"
        case labels = "Labels"
        case scope = "Scope"
        case options = "Options"
        case usage = "UsageData"
    }

    /// Labels and options that were not given are `null`, as clients expect; an absent status is
    /// absent.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(driver, forKey: .driver)
        try container.encode(mountpoint, forKey: .mountpoint)
        try container.encode(createdAt, forKey: .createdAt)
        try container.encodeIfPresent(status, forKey: .status)
        try container.encode(labels, forKey: .labels)
        try container.encode(scope, forKey: .scope)
        try container.encode(options, forKey: .options)
        try container.encodeIfPresent(usage, forKey: .usage)
    }
}
