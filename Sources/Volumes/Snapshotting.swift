public import FoundationEssentials

/// What a volume held at one moment.
public struct Snapshot: Hashable, Sendable {
    public let name: SnapshotName
    public let createdAt: Date
    /// How large the volume was, in bytes.
    public let size: Int64

    public init(name: SnapshotName, createdAt: Date, size: Int64) {
        self.name = name
        self.createdAt = createdAt
        self.size = size
    }
}

/// A snapshot's name: safe wherever storage puts it.
public struct SnapshotName: Hashable, Sendable, CustomStringConvertible {
    public let description: String

    /// The longest name, in bytes.
    public static let longest = 128

    /// Parses `[a-zA-Z0-9][a-zA-Z0-9_.-]*`.
    public init(_ text: String) throws(VolumeError) {
        guard text.utf8.count <= Self.longest,
            text.wholeMatch(of: /[a-zA-Z0-9][a-zA-Z0-9_.-]*/) != nil
        else {
            throw .invalidOption(
                "snapshot", value: text,
                reason: "give 1 to \(Self.longest) letters, digits, \"_\", \".\" and \"-\", "
                    + "beginning with a letter or a digit")
        }
        description = text
    }
}

/// Storage that can keep what a volume holds at one moment.
public protocol Snapshotting: Driver {
    /// Keeps what the volume holds now, whether it is attached or not; all that was written before
    /// is in it.
    func takeSnapshot(_ name: SnapshotName, of volume: Volume) async throws

    /// All of a volume's, the oldest first.
    func snapshots(of volume: Volume) async throws -> [Snapshot]

    /// Gives up what only this snapshot keeps.
    func removeSnapshot(_ name: SnapshotName, of volume: Volume) async throws

    /// Makes a volume that nobody has attached what it was then; returns what to remember.
    ///
    /// A call that was cut short is finished before the volume is used again.
    func rollBack(_ volume: Volume, to name: SnapshotName) async throws -> [String: String]
}

/// Storage that can make a volume which begins as another's snapshot.
public protocol Cloning: Snapshotting {
    /// The options of a create that does so.
    func options(ofClone name: SnapshotName, of volume: Volume) throws -> [String: String]

    /// Copies what a volume still shares with the snapshot it was made from, so that this can go;
    /// others may use the volume meanwhile.
    func flatten(_ volume: Volume) async throws
}
