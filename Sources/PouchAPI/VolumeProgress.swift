/// How far a volume is that is being made.
public struct VolumeProgress: Codable, Hashable, Sendable {
    /// How many of its files were counted so far.
    public var files: Int

    public init(files: Int) {
        self.files = files
    }

    private enum CodingKeys: String, CodingKey {
        case files = "Files"
    }
}
