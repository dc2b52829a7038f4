/// Answers `POST /images/prune`.
public struct ImagePruneResponse: Codable, Hashable, Sendable {
    public var deleted: [ImageDeleteItem]
    /// Bytes.
    public var reclaimed: Int64

    public init(deleted: [ImageDeleteItem], reclaimed: Int64) {
        self.deleted = deleted
        self.reclaimed = reclaimed
    }

    private enum CodingKeys: String, CodingKey {
        case deleted = "ImagesDeleted"
        case reclaimed = "SpaceReclaimed"
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        deleted = try container.decodeIfPresent([ImageDeleteItem].self, forKey: .deleted) ?? []
        reclaimed = try container.decode(Int64.self, forKey: .reclaimed)
    }
}
