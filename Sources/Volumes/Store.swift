/// What is remembered: volumes, and who uses them.
///
/// A store makes no decisions. It is durable: what a commit returned for survives a power cut.
public protocol Store: Sendable {
    /// Everything that is remembered, in no particular order.
    func load() async throws -> Memory

    /// Remembers all of `changes` or, if it throws, none of them.
    func commit(_ changes: [Change]) async throws
}

/// The content of a store.
public struct Memory: Sendable {
    public var volumes: [Volume]
    public var references: [Reference]

    public init(volumes: [Volume] = [], references: [Reference] = []) {
        self.volumes = volumes
        self.references = references
    }
}

/// One thing to remember or to forget.
public enum Change: Hashable, Sendable {
    /// Adds a volume, or replaces the record with the same id.
    case save(Volume)
    /// Forgets the volume with this id and every reference to it; nothing happens if there is none.
    case forget(volume: String)
    /// Adds a reference, or replaces the one of the same volume, owner and destination.
    case refer(Reference)
    /// Forgets the reference of the same volume, owner and destination.
    case release(Reference)
}
