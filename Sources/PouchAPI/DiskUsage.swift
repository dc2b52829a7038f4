/// Answers `GET /system/df`.
public struct DiskUsage: Codable, Hashable, Sendable {
    /// Nothing is built here, so nothing is kept for it.
    public struct BuildCache: Codable, Hashable, Sendable {}

    /// Bytes of all images, what they share counted once.
    public var layersSize: Int64 = 0
    /// What was not asked for is nil.
    public var images: [ImageSummary]?
    public var containers: [ContainerSummary]?
    public var volumes: [Volume]?
    public var buildCache: [BuildCache]?

    public init() {}

    private enum CodingKeys: String, CodingKey {
        case layersSize = "LayersSize"
        case images = "Images"
        case containers = "Containers"
        case volumes = "Volumes"
        case buildCache = "BuildCache"
    }
}
