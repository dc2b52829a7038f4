import CLinux

/// How much of a btrfs a subvolume has.
public struct SubvolumeUsage: Hashable, Sendable {
    /// Bytes; 0 means no limit.
    public let limit: UInt64
    /// Bytes, as of the filesystem's last commit.
    public let used: UInt64
}

/// Directories of btrfs that are counted each for itself. A name is one entry's, never a path.
extension OpenFile {
    private static let btrfs: Int64 = 0x9123_683e
    private static let ext4: Int64 = 0xef53
    /// The number of every subvolume's root directory.
    private static let rootInode: UInt64 = 256

    public var isOnBtrfs: Bool { filesystemType == Self.btrfs }

    public var isOnExt4: Bool { filesystemType == Self.ext4 }

    private var filesystemType: Int64? {
        var filesystem = clinux_filesystem_status()
        guard clinux_filesystem(descriptor, &filesystem) == 0 else { return nil }
        return filesystem.type
    }

    /// Whether the directory is a subvolume's root.
    public var isSubvolume: Bool {
        guard isOnBtrfs, let status = try? status() else { return false }
        return status.inode == Self.rootInode
    }

    /// Whether the object's filesystem counts its subvolumes.
    public var countsSubvolumes: Bool { clinux_qgroups_state(descriptor) > 0 }

    /// Has the object's filesystem count its subvolumes from now on.
    public func countSubvolumes() throws(SystemError) {
        try answered("enable quota on", path) { clinux_qgroups_enable(descriptor) }
    }

    public func makeSubvolume(_ name: String) throws(SystemError) {
        try answered("create subvolume", path(of: name)) {
            clinux_subvolume_create(descriptor, name)
        }
    }

    /// Takes a subvolume away with all that is in it; its space comes back in the background.
    public func removeSubvolume(_ name: String) throws(SystemError) {
        try answered("delete subvolume", path(of: name)) {
            clinux_subvolume_destroy(descriptor, name)
        }
    }

    /// The number of the subvolume that the object lies in.
    public func subvolumeID() throws(SystemError) -> UInt64 {
        var id: UInt64 = 0
        try answered("look up the subvolume of", path) { clinux_subvolume(descriptor, &id) }
        return id
    }

    /// What the object's filesystem has counted of a subvolume of its own.
    public func usage(ofSubvolume id: UInt64) throws(SystemError) -> SubvolumeUsage {
        var group = clinux_qgroup()
        try answered("look up the qgroup of", path) { clinux_qgroup(descriptor, id, &group) }
        return SubvolumeUsage(limit: group.limit_bytes, used: group.used_bytes)
    }

    /// Limits a subvolume to so many bytes; 0 means no limit.
    public func limitSubvolume(_ id: UInt64, bytes: UInt64) throws(SystemError) {
        try answered("limit the qgroup of", path) { clinux_set_qgroup(descriptor, id, bytes) }
    }

    /// Forgets what was counted of a subvolume that is gone; succeeds if it is forgotten already.
    public func forgetSubvolume(_ id: UInt64) throws(SystemError) {
        let answer = clinux_remove_qgroup(descriptor, id)
        guard answer < 0, answer != -2 else { return }
        throw SystemError("remove the qgroup of", path, errno: -answer)
    }

    /// Lets a btrfs have all of the device that it is on, which has grown.
    public func growBtrfs() throws(SystemError) {
        try answered("resize", path) { clinux_btrfs_grow(descriptor) }
    }
}
