/// A mount that is asked for part by part, as after `--mount`.
public struct RequestedMount: Codable, Hashable, Sendable {
    public enum Kind: String, Codable, Sendable {
        case bind, volume, tmpfs, image
    }

    public var kind: Kind
    /// A volume's or an image's name, or a path of the host; nil asks for an anonymous volume.
    public var source: String?
    public var destination: String
    public var isReadOnly = false
    /// One of the six propagations; nil leaves it to us. For binds.
    public var propagation: MountPoint.Propagation?
    /// Whether a bind's source is made if it isn't there.
    public var makesSource = false
    /// Whether an empty volume is filled with what the image has there.
    public var copiesUp = true
    public var volumeLabels: [String: String]?
    public var volumeDriver: String?
    public var volumeOptions: [String: String]?
    /// Which part of a volume or image is shown: a relative path.
    public var subpath: String?
    /// How much below a bind's source comes with it; nil for everything.
    public var reach: MountPoint.Reach?
    /// Bytes, of a tmpfs.
    public var size: Int64?
    /// Permissions of a tmpfs's root.
    public var mode: UInt32?
    /// A tmpfs's options: `[name]` or `[name, value]` each.
    public var options: [[String]]?
    /// `uids=STORED-SHOWN-COUNT#…;gids=…`
    public var owners: String?

    public init(kind: Kind, source: String?, destination: String) {
        self.kind = kind
        self.source = source
        self.destination = destination
    }
}
