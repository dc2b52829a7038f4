/// One image in the answer to `GET /images/json`.
public struct ImageSummary: Codable, Hashable, Sendable {
    /// `sha256:…`
    public var id: String
    public var parentID = ""
    /// Names with tags, as people write them: `busybox:latest`.
    public var repoTags: [String]
    public var repoDigests: [String]
    /// Seconds since 1970; 0 if unknown.
    public var created: Int64
    /// Bytes.
    public var size: Int64
    public var sharedSize: Int64 = -1
    public var labels: [String: String]?
    public var containers = -1

    public init(
        id: String, repoTags: [String], repoDigests: [String], created: Int64, size: Int64,
        labels: [String: String]? = nil
    ) {
        self.id = id
        self.repoTags = repoTags
        self.repoDigests = repoDigests
        self.created = created
        self.size = size
        self.labels = labels
    }

    private enum CodingKeys: String, CodingKey {
        case id = "Id"
        case parentID = "ParentId"
        case repoTags = "RepoTags"
        case repoDigests = "RepoDigests"
        case created = "Created"
        case size = "Size"
        case sharedSize = "SharedSize"
        case labels = "Labels"
        case containers = "Containers"
    }
}
