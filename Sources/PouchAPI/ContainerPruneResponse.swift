/// Answers `POST /containers/prune`.
public struct ContainerPruneResponse: Codable, Hashable, Sendable {
    /// Ids.
    public var deleted: [String]
    /// Bytes.
    public var reclaimed: Int64

    public init(deleted: [String], reclaimed: Int64) {
        self.deleted = deleted
        self.reclaimed = reclaimed
    }

    private enum CodingKeys: String, CodingKey {
        case deleted = "ContainersDeleted"
        case reclaimed = "SpaceReclaimed"
    }
}
