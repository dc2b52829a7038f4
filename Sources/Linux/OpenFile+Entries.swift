import CLinux
import Glibc

/// What is done to the entries of a directory. A name is one entry's, never a path.
extension OpenFile {
    public enum Collision: Sendable {
        /// What has the new name already makes it fail.
        case refuse
        /// What has the new name already is replaced.
        case replace
        /// What has the new name already gets the old one.
        case exchange

        var flags: UInt32 {
            switch self {
            case .refuse: UInt32(CLINUX_RENAME_NOREPLACE)
            case .replace: 0
            case .exchange: UInt32(CLINUX_RENAME_EXCHANGE)
            }
        }
    }

    /// Makes a directory; fails if anything has the name.
    public func makeDirectory(_ name: String, mode: UInt32 = 0o755) throws(SystemError) {
        try checked("mkdir", path(of: name)) { mkdirat(descriptor, name, mode) }
    }

    /// Makes a directory unless anything has the name.
    public func makeMissingDirectory(_ name: String, mode: UInt32) throws(SystemError) {
        do {
            try makeDirectory(name, mode: mode)
        } catch {
            guard error.isTaken else { throw error }
        }
    }

    /// Makes a file of `size` bytes that takes no room until it is written, open for writing; fails
    /// if anything has the name.
    public func makeFile(
        _ name: String, size: Int64, mode: UInt32 = 0o600
    ) throws(SystemError) -> OpenFile {
        let full = path(of: name)
        let flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let file = OpenFile(
            adopting: try checked("create", full) { openat(descriptor, name, flags, mode) },
            path: full)
        try file.resize(to: size)
        return file
    }

    /// Makes a file longer, by a hole, or shorter.
    public func resize(to size: Int64) throws(SystemError) {
        try checked("resize", path) { ftruncate(descriptor, Int(size)) }
    }

    /// Makes an empty file; fails if anything has the name.
    public func makeFile(_ name: String, mode: UInt32 = 0o644) throws(SystemError) {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let file = try checked("create", path(of: name)) {
            openat(descriptor, name, flags, mode)
        }
        close(file)
    }

    public func makeFIFO(_ name: String, mode: UInt32 = 0o600) throws(SystemError) {
        try checked("mkfifo", path(of: name)) { mkfifoat(descriptor, name, mode) }
    }

    public func removeDirectory(_ name: String) throws(SystemError) {
        try checked("rmdir", path(of: name)) { unlinkat(descriptor, name, AT_REMOVEDIR) }
    }

    public func removeFile(_ name: String) throws(SystemError) {
        try checked("unlink", path(of: name)) { unlinkat(descriptor, name, 0) }
    }

    /// Moves an entry into `directory`, which may be this one.
    public func rename(
        _ name: String, to directory: OpenFile, as newName: String,
        _ collision: Collision = .refuse
    ) throws(SystemError) {
        let action = "rename \(path(of: name)) to"
        try answered(action, directory.path(of: newName)) {
            clinux_renameat2(
                descriptor, name, directory.descriptor, newName, collision.flags)
        }
    }

    /// The names of the entries, in no particular order.
    public func names() throws(SystemError) -> [String] {
        let entries = try DirectoryEntries(of: self)
        var names: [String] = []
        while let entry = try entries.next() { names.append(entry.name.description) }
        return names
    }

    /// Whether the directory has no entry but perhaps `ignored`.
    public func isEmpty(ignoring ignored: String? = nil) throws(SystemError) -> Bool {
        let entries = try DirectoryEntries(of: self)
        while let entry = try entries.next() {
            guard entry.name.description == ignored else { return false }
        }
        return true
    }
}
