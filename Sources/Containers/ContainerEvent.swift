public import FoundationEssentials

/// Something that happened to a container, announced after it happened.
public struct ContainerEvent: Hashable, Sendable {
    public enum Action: String, Sendable {
        case create, start, kill, die, stop, destroy, attach, detach, pause, unpause, restart
        case rename, update, export
        /// To its network, and from it.
        case connect, disconnect
        case executionCreate = "exec_create"
        case executionStart = "exec_start"
        case executionDie = "exec_die"
        case health = "health_status"
    }

    public let action: Action
    public let container: Container
    /// What else there is to say, such as `exitCode` or `signal`.
    public let attributes: [String: String]
    public let time: Date

    /// What happened, in docker's words: `start`, `exec_create: sh -c true`, …
    public var words: String {
        guard let detail = attributes[Self.detail] else { return action.rawValue }
        return "\(action.rawValue): \(detail)"
    }

    /// The attribute that stands in the words, and not beside them.
    static let detail = ""

    /// What else there is to say to somebody who has the words.
    public var otherAttributes: [String: String] { attributes.filter { $0.key != Self.detail } }
}
