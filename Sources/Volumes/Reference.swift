/// Who uses a volume: a container of ours, or a client that came through another door.
public struct Owner: Hashable, Sendable, CustomStringConvertible {
    public enum Kind: String, Sendable {
        case container, plugin, csi
        /// Something that this daemon does with the volume, and that ends with it.
        case action
    }

    public let kind: Kind
    /// The container's id, or what the door's client calls itself.
    public let id: String

    public init(_ kind: Kind, _ id: String) {
        self.kind = kind
        self.id = id
    }

    public static func container(_ id: String) -> Owner { Owner(.container, id) }

    /// As messages name it: a container by its id, others with the door that they came through.
    public var description: String {
        switch kind {
        case .container, .action: id
        case .plugin: "mount \(id) of a Docker volume-plugin client"
        case .csi: "\(id) of a CSI client"
        }
    }
}

/// One use of a volume: by whom, and where they see it.
///
/// It exists as long as its owner does; it is attached while its owner runs. A volume that
/// anyone refers to is not removed.
public struct Reference: Hashable, Sendable {
    public let volume: String
    public let owner: Owner
    /// Where the owner sees the volume, such as `/var/lib/mysql`.
    public let destination: String
    public var isAttached: Bool

    /// `volume` is the volume's id.
    public init(volume: String, owner: Owner, destination: String, isAttached: Bool = false) {
        self.volume = volume
        self.owner = owner
        self.destination = destination
        self.isAttached = isAttached
    }
}
