/// What a container's layer makes of one path of its image.
public struct LayerChange: Hashable, Sendable {
    public enum Kind: Sendable {
        case modified, added, deleted
    }

    /// Begins with a slash.
    public let path: String
    public let kind: Kind
}
