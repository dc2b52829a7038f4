import CLinux

/// How full a filesystem is.
public struct FilesystemUsage: Hashable, Sendable {
    public let size: UInt64
    public let used: UInt64
    /// What is left to those without privileges.
    public let available: UInt64
    /// 0 where inodes are not counted.
    public let inodes: UInt64
    public let usedInodes: UInt64
}

extension OpenFile {
    /// How full the filesystem is that holds the object.
    public func filesystemUsage() throws(SystemError) -> FilesystemUsage {
        var filesystem = clinux_filesystem_status()
        try answered("statfs", path) { clinux_filesystem(descriptor, &filesystem) }
        let block = filesystem.block_size
        return FilesystemUsage(
            size: filesystem.blocks * block,
            used: (filesystem.blocks - filesystem.free_blocks) * block,
            available: filesystem.available_blocks * block, inodes: filesystem.inodes,
            usedInodes: filesystem.inodes - filesystem.free_inodes)
    }
}
