/// Answers `GET /images/{name}/json`.
public struct ImageDetails: Codable, Hashable, Sendable {
    /// `sha256:…`
    public var id: String
    /// Names with tags, as people write them: `busybox:latest`.
    public var repoTags: [String]
    public var repoDigests: [String]
    /// RFC 3339, in UTC; nil if unknown.
    public var created: String?
    public var config: ContainerConfig
    public var architecture: String
    public var os: String
    /// Bytes.
    public var size: Int64
    public var rootFilesystem = RootFilesystem(layers: [])

    /// What the image's files are made of.
    public struct RootFilesystem: Codable, Hashable, Sendable {
        public var type = "layers"
        /// `sha256:…` each, the lowest first.
        public var layers: [String]

        public init(layers: [String]) {
            self.layers = layers
        }

        private enum CodingKeys: String, CodingKey {
            case type = "Type"
            case layers = "Layers"
        }
    }

    public init(
        id: String, repoTags: [String], repoDigests: [String], created: String?,
        config: ContainerConfig, architecture: String, os: String, size: Int64
    ) {
        self.id = id
        self.repoTags = repoTags
        self.repoDigests = repoDigests
        self.created = created
        self.config = config
        self.architecture = architecture
        self.os = os
        self.size = size
    }

    private enum CodingKeys: String, CodingKey {
        case id = "Id"
        case repoTags = "RepoTags"
        case repoDigests = "RepoDigests"
        case created = "Created"
        case config = "Config"
        case architecture = "Architecture"
        case os = "Os"
        case size = "Size"
        case rootFilesystem = "RootFS"
    }
}
