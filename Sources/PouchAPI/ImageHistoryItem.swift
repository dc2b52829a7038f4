/// One step in the answer to `GET /images/{name}/history`.
public struct ImageHistoryItem: Codable, Hashable, Sendable {
    /// The image's id for the last step; `<missing>` for those that nobody has an image of.
    public var id: String
    /// Seconds since 1970; 0 if unknown.
    public var created: Int64
    public var createdBy: String
    public var tags: [String]?
    /// Bytes.
    public var size: Int64
    public var comment: String

    public init(
        id: String, created: Int64, createdBy: String, tags: [String]?, size: Int64,
        comment: String
    ) {
        self.id = id
        self.created = created
        self.createdBy = createdBy
        self.tags = tags
        self.size = size
        self.comment = comment
    }

    private enum CodingKeys: String, CodingKey {
        case id = "Id"
        case created = "Created"
        case createdBy = "CreatedBy"
        case tags = "Tags"
        case size = "Size"
        case comment = "Comment"
    }
}
