import CLinux
import Glibc

/// Which owner on a disk appears as which through a mount.
public struct OwnerRange: Codable, Hashable, Sendable {
    /// The first id on the disk.
    public let stored: UInt32
    /// What it appears as.
    public let shown: UInt32
    /// How many ids follow each other, the first included.
    public let count: UInt32

    public init(stored: UInt32, shown: UInt32, count: UInt32) {
        self.stored = stored
        self.shown = shown
        self.count = count
    }

    fileprivate var line: String { "\(stored) \(shown) \(count)\n" }
}

extension Mounting {
    /// Shows `source` at the place of `target` with other owners: what is stored as one of the
    /// ranges appears as, and is written back from, what the range says; ids in no range appear as
    /// the overflow id, and nothing can be made by them.
    ///
    /// Throws EINVAL if the filesystem can't do that, ENOSYS if the kernel can't.
    public static func bind(
        _ source: OpenFile, on target: OpenFile, users: [OwnerRange], groups: [OwnerRange]
    ) throws(SystemError) {
        let namespace = try owned("make a user namespace for", source.path) {
            clinux_user_namespace(users.map(\.line).joined(), groups.map(\.line).joined())
        }
        let mount = try owned("clone the mount of", source.path) {
            clinux_clone_mount(source.descriptor, "")
        }
        try answered("map owners of", source.path) {
            clinux_map_mount(mount.descriptor, namespace.descriptor)
        }
        try answered("mount", target.path) {
            clinux_attach_mount(mount.descriptor, target.descriptor)
        }
    }

    private static func owned(
        _ call: String, _ path: String, _ body: () -> Int32
    ) throws(SystemError) -> OpenFile {
        OpenFile(adopting: try answered(call, path, body), path: path)
    }
}
