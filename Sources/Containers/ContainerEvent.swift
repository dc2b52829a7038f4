public import FoundationEssentials

/// Something that happened to a container, announced after it happened.
public struct ContainerEvent: Hashable, Sendable {
    public enum Action: String, Sendable {
        case create, start, kill, die, stop, destroy
    }

    public let action: Action
    public let container: Container
    /// What else there is to say, such as `exitCode` or `signal`.
    public let attributes: [String: String]
    public let time: Date
}
