/// Answers `GET /containers/{id}/json`.
public struct ContainerDetails: Codable, Hashable, Sendable {
    public var id: String
    /// RFC 3339, in UTC.
    public var created: String
    /// What runs: the program, then its arguments.
    public var path: String
    public var args: [String]
    public var state: ContainerState
    /// The image's id.
    public var image: String
    /// Begins with `/`.
    public var name: String
    public var hostConfig: HostSettings
    /// How often it was started again by itself.
    public var restartCount = 0
    /// Ids of the processes that were run in it beside its own; nil if there are none.
    public var execIDs: [String]?
    public var mounts: [MountPoint]
    public var config: ContainerConfig
    public var networkSettings = ContainerNetworks()
    /// Bytes that it takes over its image; nil unless asked for.
    public var layerSize: Int64?
    /// Bytes that it takes with its image; nil unless asked for.
    public var rootSize: Int64?

    public init(
        id: String, created: String, path: String, args: [String], state: ContainerState,
        image: String, name: String, hostConfig: HostSettings, mounts: [MountPoint],
        config: ContainerConfig
    ) {
        self.id = id
        self.created = created
        self.path = path
        self.args = args
        self.state = state
        self.image = image
        self.name = name
        self.hostConfig = hostConfig
        self.mounts = mounts
        self.config = config
    }

    private enum CodingKeys: String, CodingKey {
        case id = "Id"
        case created = "Created"
        case path = "Path"
        case args = "Args"
        case state = "State"
        case image = "Image"
        case name = "Name"
        case hostConfig = "HostConfig"
        case restartCount = "RestartCount"
        case execIDs = "ExecIDs"
        case mounts = "Mounts"
        case config = "Config"
        case networkSettings = "NetworkSettings"
        case layerSize = "SizeRw"
        case rootSize = "SizeRootFs"
    }
}
