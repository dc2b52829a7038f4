/// One path in the answer to `GET /containers/{id}/changes`: what a container made of its image there.
public struct ContainerChange: Codable, Hashable, Sendable {
    public enum Kind: Int, Codable, Sendable {
        case modified, added, deleted
    }

    /// Begins with a slash.
    public var path: String
    public var kind: Kind

    public init(path: String, kind: Kind) {
        self.path = path
        self.kind = kind
    }

    private enum CodingKeys: String, CodingKey {
        case path = "Path"
        case kind = "Kind"
    }
}
