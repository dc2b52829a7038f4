/// Asks for a volume: `POST /volumes/create`. What is nil is left unsaid.
public struct VolumeCreateRequest: Codable, Hashable, Sendable {
    /// Nil or empty asks for an anonymous volume.
    public var name: String?
    public var driver: String?
    public var options: [String: String]?
    public var labels: [String: String]?

    public init(
        name: String? = nil, driver: String? = nil, options: [String: String]? = nil,
        labels: [String: String]? = nil
    ) {
        self.name = name
        self.driver = driver
        self.options = options
        self.labels = labels
    }

    private enum CodingKeys: String, CodingKey {
        case name = "Name"
        case driver = "Driver"
        case options = "DriverOpts"
        case labels = "Labels"
    }
}
