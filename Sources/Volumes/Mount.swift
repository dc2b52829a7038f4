/// How to make a volume visible: what a container's runtime, or we, hand to mount(2).
public struct Mount: Hashable, Sendable {
    /// The filesystem type, or `bind`.
    public let type: String
    /// For a bind, an absolute path on this host.
    public let source: String
    public let options: [String]

    public init(type: String, source: String, options: [String] = []) {
        self.type = type
        self.source = source
        self.options = options
    }

    /// A directory or file of this host, shown somewhere else.
    public static func bind(_ source: String) -> Mount { Mount(type: "bind", source: source) }
}
