/// What a container sees at one of its paths.
public struct MountPoint: Codable, Hashable, Sendable {
    public enum Kind: String, Codable, Sendable {
        case bind, volume
    }

    /// How mounts made beneath it later travel between the host and the container.
    public enum Propagation: String, Codable, Sendable, CaseIterable {
        case `private`, rprivate, slave, rslave, shared, rshared
    }

    public let kind: Kind
    /// The volume's name; empty for a bind.
    public let name: String
    /// Where the data is on this host.
    public var source: String
    /// Absolute, without `.`, `..` or doubled slashes.
    public let destination: String
    /// The volume's driver; empty for a bind.
    public var driver: String
    /// The mode as the user wrote it.
    public let mode: String
    public let isReadOnly: Bool
    public var propagation: Propagation
    /// Whether the volume was made for this container, without a name of its own.
    public let isAnonymous: Bool
    /// Whether the volume is filled, if it is empty, with what the image has there.
    public let copiesUp: Bool

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
