/// Where a pouchd listens: `unix:///run/pouchd.sock`.
public struct Host: Hashable, Sendable, CustomStringConvertible {
    /// Where it listens unless told otherwise.
    public static let standard = Host(path: "/run/pouchd.sock")

    /// The socket's path.
    public let path: String

    /// Takes `unix://` and an absolute path, or the path alone.
    public init(_ text: String) throws(ClientError) {
        let prefix = "unix://"
        let path = text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : text
        guard path.hasPrefix("/"), !path.utf8.contains(0) else { throw .invalidHost(text) }
        guard path.utf8.count <= 107 else { throw .longHost(text) }
        self.init(path: path)
    }

    private init(path: String) {
        self.path = path
    }

    public var description: String { "unix://" + path }
}
