public import FoundationEssentials

/// A volume as it is remembered: what was asked for, and what its driver made of it.
public struct Volume: Hashable, Sendable {
    /// How far a volume has come between its first and its last record.
    public enum Phase: String, Sendable {
        /// The driver was asked to make it and has not answered yet.
        case creating
        /// Usable.
        case ready
        /// An image's files are being copied in; until that ends, nothing in it is the user's.
        case populating
        /// An archive is being unpacked beside what is in it; undone if that is cut short.
        case importing
        /// What was unpacked takes the place of what was there; finished if that is cut short.
        case swapping
        /// Was to go with its container, and could not: it goes as soon as its storage can be told,
        /// unless somebody uses it before.
        case unwanted
        /// No longer anybody's; what is left of it is being deleted.
        case removing
    }

    /// 64 hex digits that stay the same whatever the name becomes, and are never used again.
    public let id: String
    public let name: VolumeName
    public let driver: String
    /// As the user gave them, or changed them since; nil when none were given.
    public var options: [String: String]?
    /// As the user gave them; nil when none were given.
    public let labels: [String: String]?
    public let createdAt: Date
    public var phase: Phase
    /// What the driver asked to be remembered; only the driver reads it.
    public var handle: [String: String]
    /// What this volume has for itself on this host, such as a given directory.
    ///
    /// No two volumes have the same claim.
    public var claim: String?

    public init(
        id: String, name: VolumeName, driver: String, options: [String: String]? = nil,
        labels: [String: String]? = nil, createdAt: Date, phase: Phase = .creating,
        handle: [String: String] = [:], claim: String? = nil
    ) {
        self.id = id
        self.name = name
        self.driver = driver
        self.options = options
        self.labels = labels
        self.createdAt = createdAt
        self.phase = phase
        self.handle = handle
        self.claim = claim
    }
}
