/// All volumes at one moment.
public struct Listing: Sendable {
    /// Sorted by name.
    public let volumes: [Volume]
    /// Another listing with the same number has the same content.
    public let generation: UInt64
}

/// A volume with everything that can be said about it.
public struct VolumeDetails: Sendable {
    public let volume: Volume
    /// Where its data is on this host.
    public let path: String
    public let scope: Scope
    /// What its driver knows about its state; may be empty.
    public let status: [String: String]
}
