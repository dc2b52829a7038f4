public import FoundationEssentials

/// Something that happened to an image, announced after it happened.
public struct ImageEvent: Hashable, Sendable {
    public enum Action: String, Sendable {
        case pull, load, save, tag, untag, delete
    }

    public let action: Action
    /// The image's id; of a pull, the name that was asked for.
    public let image: String
    /// The name that came or went, as people write it; the id if there is none.
    public let name: String
    public let time: Date
}
