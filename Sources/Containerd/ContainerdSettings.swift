/// Which containerd runs the containers, and where a private one keeps its things.
public struct ContainerdSettings: Hashable, Sendable {
    /// The socket of a containerd that somebody else starts and stops; nil for a private one.
    public let socket: String?
    /// What lasts: images and layers, in `<home>/containerd`.
    public let home: String
    /// What doesn't outlive a reboot: socket, pid file, log, in `<state>/containerd`.
    public let state: String
    /// Where the programs are looked for, as in `PATH`.
    public let searchPath: String

    public static let defaultSearchPath =
        "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    public init(
        home: String, state: String, socket: String? = nil,
        searchPath: String = ContainerdSettings.defaultSearchPath
    ) {
        self.home = home
        self.state = state
        self.socket = socket
        self.searchPath = searchPath
    }
}
