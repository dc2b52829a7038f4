import CLinux
import Glibc

extension OpenFile {
    /// Gives the object another owner, group or both.
    public func changeOwner(user: UInt32?, group: UInt32?) throws(SystemError) {
        let flags = Int32(CLINUX_AT_EMPTY_PATH) | AT_SYMLINK_NOFOLLOW
        try checked("chown", path) { fchownat(descriptor, "", user ?? .max, group ?? .max, flags) }
    }

    /// Sets the permissions, with the setuid, setgid and sticky bits, whatever the umask.
    public func changeMode(_ mode: UInt32) throws(SystemError) {
        do {
            try checked("chmod", path) { fchmod(descriptor, mode) }
        } catch {
            // A reference can only be changed through its name in /proc, which can't be replaced.
            guard error.errno == EBADF else { throw error }
            try checked("chmod", path) { chmod(pinnedPath, mode) }
        }
    }

    /// Whether the object has extended attributes, such as an ACL.
    public func hasExtendedAttributes() throws(SystemError) -> Bool {
        try answered("listxattr", path) { clinux_attributes(descriptor) } > 0
    }

    /// Makes the object durable: a file's content, a directory's entries.
    public func sync() throws(SystemError) {
        try checked("fsync", path) { fsync(descriptor) }
    }

    /// Makes everything durable that its filesystem holds.
    public func syncFilesystem() throws(SystemError) {
        try answered("syncfs", path) { clinux_syncfs(descriptor) }
    }
}
