/// Answers `GET /volumes`.
public struct VolumeListResponse: Codable, Hashable, Sendable {
    /// Sorted by name.
    public var volumes: [Volume]
    /// Sentences about what could not be asked.
    public var warnings: [String]?

    public init(volumes: [Volume], warnings: [String]? = []) {
        self.volumes = volumes
        self.warnings = warnings
    }

    private enum CodingKeys: String, CodingKey {
        case volumes = "Volumes"
        case warnings = "Warnings"
    }
}
