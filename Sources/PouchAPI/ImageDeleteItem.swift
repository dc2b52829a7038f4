/// One thing that `DELETE /images/{name}` did: either a name went or an image.
public struct ImageDeleteItem: Codable, Hashable, Sendable {
    public var untagged: String?
    public var deleted: String?

    public init(untagged: String? = nil, deleted: String? = nil) {
        self.untagged = untagged
        self.deleted = deleted
    }

    private enum CodingKeys: String, CodingKey {
        case untagged = "Untagged"
        case deleted = "Deleted"
    }
}
