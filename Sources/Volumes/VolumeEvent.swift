public import FoundationEssentials

/// Something that happened to a volume, announced after it happened.
public struct VolumeEvent: Hashable, Sendable {
    public enum Action: String, Sendable {
        case create, update, mount, unmount, destroy
        /// It has become as full as `percent` among the attributes says.
        case threshold
    }

    public let action: Action
    public let volume: VolumeName
    public let driver: String
    /// Who mounted or unmounted it, and where they see it.
    public let owner: Owner?
    public let destination: String?
    /// What else there is to say about a mount, in the words of whoever has it.
    public let attributes: [String: String]
    public let time: Date
}
