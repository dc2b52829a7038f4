/// One line of the answer to a load or a pull; an answer whose last line has `error` failed.
public struct ProgressLine: Codable, Hashable, Sendable {
    /// How far a blob has come, in bytes.
    public struct Detail: Codable, Hashable, Sendable {
        public var current: Int64?
        public var total: Int64?

        public init(current: Int64? = nil, total: Int64? = nil) {
            self.current = current
            self.total = total
        }
    }

    /// The error again, as newer clients read it.
    public struct ErrorDetail: Codable, Hashable, Sendable {
        public var message: String

        public init(message: String) {
            self.message = message
        }
    }

    /// Text to print as it is.
    public var stream: String?
    public var status: String?
    /// What `status` is about: a blob's short digest, or a tag.
    public var id: String?
    public var progressDetail: Detail?
    public var error: String?
    public var errorDetail: ErrorDetail?

    public init(
        stream: String? = nil, status: String? = nil, id: String? = nil,
        progressDetail: Detail? = nil
    ) {
        self.stream = stream
        self.status = status
        self.id = id
        self.progressDetail = progressDetail
    }

    public init(error: String) {
        self.error = error
        errorDetail = ErrorDetail(message: error)
    }
}
