/// What a container sees at one of its paths.
public struct MountPoint: Codable, Hashable, Sendable {
    public enum Kind: String, Codable, Sendable {
        case bind, volume, tmpfs, image
    }

    /// How much of what is mounted below a bind's source comes with it, and how.
    public enum Reach: String, Codable, Sendable {
        /// Nothing.
        case none
        /// Everything, to be written to although the bind is not.
        case writable
        /// Everything, and the start fails if the kernel can't make it read-only.
        case readOnly
    }

    /// How mounts made beneath it later travel between the host and the container.
    public enum Propagation: String, Codable, Sendable, CaseIterable {
        case `private`, rprivate, slave, rslave, shared, rshared
    }

    public let kind: Kind
    /// The volume's name, or the image's as it was asked for; empty for others.
    public let name: String
    /// Where the data is on this host; an image's id.
    public var source: String
    /// Absolute, without `.`, `..` or doubled slashes.
    public let destination: String
    /// The volume's driver; empty for a bind.
    public var driver: String
    /// The mode as the user wrote it.
    public var mode: String
    public var isReadOnly: Bool
    public var propagation: Propagation
    /// Whether the volume was made for this container, without a name of its own.
    public let isAnonymous: Bool
    /// Whether the volume is filled, if it is empty, with what the image has there.
    public var copiesUp: Bool
    /// Which part of the volume or image is shown; nil for all of it.
    public var subpath: Subpath?
    /// Whether that part is made if it isn't there.
    public var makesSubpath: Bool?
    /// Nil for everything, read-only as the bind is where the kernel can do that.
    public var reach: Reach?
    /// A tmpfs's, as mount(8) takes them.
    public var options: [String]?
    /// How owners appear; nil for as they are.
    public var owners: IDMapping?
    /// The id of the layer through which an image is shown.
    public var layer: ContainerID?

    public init(
        kind: Kind, name: String = "", source: String = "", destination: String,
        driver: String = "", mode: String = "", isReadOnly: Bool = false,
        propagation: Propagation = .rprivate, isAnonymous: Bool = false, copiesUp: Bool = false
    ) {
        self.kind = kind
        self.name = name
        self.source = source
        self.destination = destination
        self.driver = driver
        self.mode = mode
        self.isReadOnly = isReadOnly
        self.propagation = propagation
        self.isAnonymous = isAnonymous
        self.copiesUp = copiesUp
    }
}
