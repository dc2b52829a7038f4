/// What a container sees at one of its paths.
public struct MountPoint: Codable, Hashable, Sendable {
    /// `bind`, `volume`, `tmpfs` or `image`.
    public var type: String
    /// The volume's name, if it is one.
    public var name: String?
    /// Where the data is on the daemon's host.
    public var source: String
    public var destination: String
    /// The volume's driver, if it is one.
    public var driver: String?
    public var mode: String
    public var isWritable: Bool
    public var propagation: String

    public init(
        type: String, name: String? = nil, source: String, destination: String,
        driver: String? = nil, mode: String = "", isWritable: Bool = true, propagation: String = ""
    ) {
        self.type = type
        self.name = name
        self.source = source
        self.destination = destination
        self.driver = driver
        self.mode = mode
        self.isWritable = isWritable
        self.propagation = propagation
    }

    private enum CodingKeys: String, CodingKey {
        case type = "Type"
        case name = "Name"
        case source = "Source"
        case destination = "Destination"
        case driver = "Driver"
        case mode = "Mode"
        case isWritable = "RW"
        case propagation = "Propagation"
    }
}
