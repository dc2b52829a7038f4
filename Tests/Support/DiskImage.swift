import Glibc
import Linux

/// A file with a filesystem of its own, to mount, fill and take away as a disk is.
public struct DiskImage: Sendable {
    public let path: String
    public let type: String

    /// Makes a filesystem of a type that `mkfs` knows, as small as it can be.
    public init(_ type: String, at path: String) throws {
        self.path = path
        self.type = type
        // Sparse: what the smallest takes to be made, not what is used.
        let sizes = ["ext4": "32M", "xfs": "320M", "btrfs": "128M"]
        try runTool("truncate", "-s", sizes[type, default: "320M"], path)
        try runTool("mkfs.\(type)", "-q", path)
    }

    /// Mounts it at a directory, which is made if it is missing.
    public func mount(at directory: String) throws {
        mkdir(directory, 0o755)
        try runTool("mount", "-o", "loop", "-t", type, path, directory)
    }
}
