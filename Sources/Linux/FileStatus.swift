import CLinux
import Glibc

/// What the kernel knows about a file, directory or other entry.
public struct FileStatus: Hashable, Sendable {
    public enum Kind: String, Sendable {
        case file, directory, symlink, fifo, socket, characterDevice, blockDevice, unknown
    }

    public let kind: Kind
    /// Permissions, with the setuid, setgid and sticky bits.
    public let mode: UInt32
    public let user: UInt32
    public let group: UInt32
    public let links: UInt32
    public let inode: UInt64
    /// The filesystem's number until it is unmounted.
    public let device: UInt64
    /// The mount through which it was reached.
    public let mount: UInt64
    public let size: UInt64
    /// What it takes on disk.
    public let allocated: UInt64
    public let modifiedSeconds: Int64
    public let modifiedNanoseconds: UInt32
    /// Whether a filesystem, or a bind, is mounted right here.
    public let isMountPoint: Bool
    /// `chattr +i` or `+a`: not even root may delete it.
    public let isImmutable: Bool

    init(_ status: clinux_status) {
        kind = Kind(mode: status.mode)
        mode = status.mode & 0o7777
        user = status.user
        group = status.group
        links = status.links
        inode = status.inode
        device = status.device
        mount = status.mount_id
        size = status.size
        allocated = status.blocks * 512
        modifiedSeconds = status.modified_seconds
        modifiedNanoseconds = status.modified_nanoseconds
        isMountPoint = status.is_mount_root != 0
        isImmutable = status.is_immutable != 0 || status.is_append_only != 0
    }

    /// Of what `path` names; a symlink at its end is not followed.
    public init(of path: String) throws(SystemError) {
        var status = clinux_status()
        try answered("stat", path) { clinux_status(AT_FDCWD, path, &status) }
        self.init(status)
    }
}

extension FileStatus.Kind {
    init(mode: UInt32) {
        self =
            switch mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .directory
            case S_IFLNK: .symlink
            case S_IFIFO: .fifo
            case S_IFSOCK: .socket
            case S_IFCHR: .characterDevice
            case S_IFBLK: .blockDevice
            default: .unknown
            }
    }
}

extension FileStatus.Kind: CustomStringConvertible {
    /// With an article, for a sentence: `a symbolic link`.
    public var description: String {
        switch self {
        case .file: "a file"
        case .directory: "a directory"
        case .symlink: "a symbolic link"
        case .fifo: "a FIFO"
        case .socket: "a socket"
        case .characterDevice: "a character device"
        case .blockDevice: "a block device"
        case .unknown: "something unknown"
        }
    }
}

extension OpenFile {
    public func status() throws(SystemError) -> FileStatus {
        try status(of: "", path)
    }

    /// Of an entry of this directory; a symlink is not followed. Nil if there is none.
    public func status(of name: String) throws(SystemError) -> FileStatus? {
        do {
            return try status(of: name, path(of: name))
        } catch {
            guard error.errno == ENOENT else { throw error }
            return nil
        }
    }

    private func status(of name: String, _ full: String) throws(SystemError) -> FileStatus {
        var status = clinux_status()
        try answered("stat", full) { clinux_status(descriptor, name, &status) }
        return FileStatus(status)
    }
}
