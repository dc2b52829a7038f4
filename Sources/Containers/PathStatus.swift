public import FoundationEssentials
import Linux

/// What a container has at one of its paths.
public struct PathStatus: Hashable, Sendable {
    public enum Kind: String, Sendable {
        case file, directory, symlink, fifo, socket, characterDevice, blockDevice, unknown
    }

    /// The path's last part.
    public let name: String
    public let kind: Kind
    /// Permissions, with the setuid, setgid and sticky bits.
    public let mode: UInt32
    /// Bytes.
    public let size: UInt64
    public let modifiedAt: Date
    /// Where a symlink leads, as it is written; empty for others.
    public let linkTarget: String

    init(name: String, _ status: FileStatus, linkTarget: String) {
        self.name = name
        kind = Kind(rawValue: status.kind.rawValue) ?? .unknown
        mode = status.mode
        size = status.size
        modifiedAt = Date(
            timeIntervalSince1970: Double(status.modifiedSeconds)
                + Double(status.modifiedNanoseconds) / 1e9)
        self.linkTarget = linkTarget
    }
}
