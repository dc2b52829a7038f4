import CLinux
import Glibc

/// A file or directory held open: what is done to it can't be led astray by a rename or a symlink.
public final class OpenFile: Sendable {
    /// Valid as long as this object lives.
    public let descriptor: Int32
    /// How it was reached, for messages.
    public let path: String

    /// What it is opened for.
    public enum Purpose: Sendable {
        /// To list a directory and act on what is in it.
        case directory
        /// To read a file's content.
        case reading
        /// To change a file's content.
        case writing
        /// Only to hold and inspect it, whatever it is: waits for no device, needs no permission.
        case reference

        var flags: Int32 {
            switch self {
            case .directory: O_RDONLY | O_DIRECTORY | O_CLOEXEC
            case .reading: O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
            case .writing: O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
            case .reference: Int32(CLINUX_O_PATH) | O_CLOEXEC
            }
        }
    }

    /// How far a path may lead.
    public struct Limits: OptionSet, Sendable {
        public let rawValue: UInt64

        public init(rawValue: UInt64) {
            self.rawValue = rawValue
        }

        init(_ flag: Int) {
            rawValue = UInt64(flag)
        }

        /// No part of the path may be a symlink.
        public static let noSymlinks = Limits(CLINUX_RESOLVE_NO_SYMLINKS)
        /// Nothing outside the directory it starts from is reached, not even for a moment.
        public static let beneath = Limits(CLINUX_RESOLVE_BENEATH)
        /// The directory it starts from is `/` to the path and to symlinks in it.
        public static let inRoot = Limits(CLINUX_RESOLVE_IN_ROOT)
        /// No mount point is crossed.
        public static let sameMount = Limits(CLINUX_RESOLVE_NO_XDEV)
    }

    /// Takes over `descriptor`, which closes with this object.
    init(adopting descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    /// Opens what `path` names; a symlink at its end is refused unless `following`.
    public convenience init(
        _ path: String, for purpose: Purpose, following: Bool = false
    ) throws(SystemError) {
        let flags = purpose.flags | (following ? 0 : O_NOFOLLOW)
        let descriptor = try checked("open", path) { Glibc.open(path, flags) }
        self.init(adopting: descriptor, path: path)
    }

    deinit {
        close(descriptor)
    }

    /// Opens what `path`, seen from this directory, names within `limits`; a symlink at its end is
    /// refused unless `following`.
    public func open(
        _ path: String, for purpose: Purpose, following: Bool = false, within limits: Limits = []
    ) throws(SystemError) -> OpenFile {
        let flags = UInt64(purpose.flags | (following ? 0 : O_NOFOLLOW))
        let full = self.path(of: path)
        let descriptor = try answered("open", full) {
            clinux_openat2(self.descriptor, path, flags, 0, limits.rawValue)
        }
        return OpenFile(adopting: descriptor, path: full)
    }

    /// The path of an entry, for messages.
    func path(of name: String) -> String {
        path.hasSuffix("/") ? path + name : "\(path)/\(name)"
    }

    /// A path that names this very object, whatever happens to the names that lead to it.
    public var pinnedPath: String { "/proc/self/fd/\(descriptor)" }

    /// The path without symlinks that leads to it now, as the kernel sees it.
    ///
    /// Throws if no path leads there any more.
    public func canonicalPath() throws(SystemError) -> String {
        guard try status().links > 0 else { throw SystemError("resolve", path, errno: ENOENT) }
        return try readLink(pinnedPath)
    }

    /// Where an entry that is a symlink leads, as it is written.
    public func linkTarget(of name: String) throws(SystemError) -> String {
        let size = Int(PATH_MAX) + 1
        let bytes = UnsafeMutablePointer<CChar>.allocate(capacity: size)
        defer { bytes.deallocate() }
        let length = try checked("readlink", path(of: name)) {
            readlinkat(descriptor, name, bytes, size)
        }
        return String(
            decoding: UnsafeRawBufferPointer(start: bytes, count: length), as: UTF8.self)
    }

    private func readLink(_ link: String) throws(SystemError) -> String {
        let size = Int(PATH_MAX) + 1
        let bytes = UnsafeMutablePointer<CChar>.allocate(capacity: size)
        defer { bytes.deallocate() }
        let length = try checked("readlink", link) { readlink(link, bytes, size) }
        return String(
            decoding: UnsafeRawBufferPointer(start: bytes, count: length), as: UTF8.self)
    }
}
