public import FoundationEssentials

/// Something that happened to a container, announced after it happened.
public struct ContainerEvent: Hashable, Sendable {
    public enum Action: String, Sendable {
        case create, start, kill, die, stop, destroy, attach, detach, pause, unpause, restart
        case rename, update
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
}
