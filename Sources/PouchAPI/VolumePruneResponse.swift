/// Answers `POST /volumes/prune`.
public struct VolumePruneResponse: Codable, Hashable, Sendable {
    /// Names, sorted.
    public var deleted: [String]
    /// Bytes, as far as they are known without a walk through the files.
    public var reclaimed: Int64

    public init(deleted: [String], reclaimed: Int64) {
        self.deleted = deleted
        self.reclaimed = reclaimed
    }

    private enum CodingKeys: String, CodingKey {
        case deleted = "VolumesDeleted"
        case reclaimed = "SpaceReclaimed"
    }
}
