/// How full a volume is: Docker's `UsageData`, with ours beside it. What is nil is not known, or
/// has no limit.
public struct UsageData: Codable, Hashable, Sendable {
    /// Bytes; -1 when they are not known.
    public var size: Int64
    /// How many uses containers have of it, whether they run or not.
    public var references: Int?
    /// Bytes.
    public var limit: Int64?
    public var inodes: Int64?
    public var inodeLimit: Int64?
    /// How much of its limits is used, of bytes or of inodes, whichever is more.
    public var percent: Int?
    /// `quota`, `qgroup`, `filesystem`, `objects` or `walk`.
    public var method: String?
    /// When it was measured: RFC 3339, in UTC.
    public var asOf: String?

    public init(
        size: Int64, references: Int? = nil, limit: Int64? = nil, inodes: Int64? = nil,
        inodeLimit: Int64? = nil, percent: Int? = nil, method: String? = nil, asOf: String? = nil
    ) {
        self.size = size
        self.references = references
        self.limit = limit
        self.inodes = inodes
        self.inodeLimit = inodeLimit
        self.percent = percent
        self.method = method
        self.asOf = asOf
    }

    private enum CodingKeys: String, CodingKey {
        case size = "Size"
        case references = "RefCount"
        case limit = "Limit"
        case inodes = "Inodes"
        case inodeLimit = "InodeLimit"
        case percent = "Percent"
        case method = "Method"
        case asOf = "AsOf"
    }
}
