/// Asks for other limits: `POST /volumes/{name}/update`. What is nil stays as it is.
public struct VolumeUpdateRequest: Codable, Hashable, Sendable {
    /// `20G`, or `+5G` more than it has.
    public var size: String?
    public var inodes: Int64?

    public init(size: String? = nil, inodes: Int64? = nil) {
        self.size = size
        self.inodes = inodes
    }

    private enum CodingKeys: String, CodingKey {
        case size = "Size"
        case inodes = "Inodes"
    }
}
