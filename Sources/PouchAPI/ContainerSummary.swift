/// One container in the answer to `GET /containers/json`.
public struct ContainerSummary: Codable, Hashable, Sendable {
    public var id: String
    /// Each begins with `/`.
    public var names: [String]
    /// As the container's maker named it.
    public var image: String
    public var imageID: String
    public var command: String
    /// Seconds since 1970.
    public var created: Int64
    public var labels: [String: String]
    /// `created`, `running`, `exited`, …
    public var state: String
    /// For people: `Up 5 minutes`.
    public var status: String
    public var mounts: [MountPoint]
    public var ports: [ContainerPortSummary] = []
    /// Bytes that it takes over its image; nil unless asked for.
    public var layerSize: Int64?
    /// Bytes that it takes with its image; nil unless asked for.
    public var rootSize: Int64?

    public init(
        id: String, names: [String], image: String, imageID: String, command: String,
        created: Int64, labels: [String: String], state: String, status: String,
        mounts: [MountPoint]
    ) {
        self.id = id
        self.names = names
        self.image = image
        self.imageID = imageID
        self.command = command
        self.created = created
        self.labels = labels
        self.state = state
        self.status = status
        self.mounts = mounts
    }

    private enum CodingKeys: String, CodingKey {
        case id = "Id"
        case names = "Names"
        case image = "Image"
        case imageID = "ImageID"
        case command = "Command"
        case created = "Created"
        case labels = "Labels"
        case state = "State"
        case status = "Status"
        case mounts = "Mounts"
        case ports = "Ports"
        case layerSize = "SizeRw"
        case rootSize = "SizeRootFs"
    }
}
