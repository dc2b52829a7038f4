/// How to make a volume visible: what a container's runtime, or we, hand to mount(2).
public struct Mount: Hashable, Sendable {
    /// The filesystem type, or `bind`.
    public let type: String
    /// For a bind, an absolute path on this host.
    public let source: String
    public let options: [String]
    /// How a limit of the volume could be got past by who has the mount.
    public let escapes: Set<Escape>

    /// What must be kept from a container for a volume's limit to hold.
    public enum Escape: Hashable, Sendable {
        /// To take files out of what is counted: by changing their project, or in subvolumes of its
        /// own.
        case uncounting
        /// To pass the limit by a privilege (CAP_SYS_RESOURCE).
        case privilege
    }

    public init(
        type: String, source: String, options: [String] = [], escapes: Set<Escape> = []
    ) {
        self.type = type
        self.source = source
        self.options = options
        self.escapes = escapes
    }

    /// A directory or file of this host, shown somewhere else.
    public static func bind(_ source: String, escapes: Set<Escape> = []) -> Mount {
        Mount(type: "bind", source: source, escapes: escapes)
    }
}
