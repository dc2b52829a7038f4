import Glibc

/// The place of a unix socket: nobody can connect before it has its owner and mode, and a socket
/// that someone serves is never taken away.
///
/// The socket is bound in a directory that only we may enter, made ready there, and then moved.
public final class Listener: Sendable {
    public let path: String
    private let group: String?
    /// The longest path that a socket address holds.
    private static let longest = 107

    /// - Parameter group: The group that may use the socket; nil leaves it to our own user.
    public init(path: String, group: String? = nil) {
        self.path = path
        self.group = group
    }

    /// Checks the place and returns the path to bind.
    public func prepare() throws -> String {
        try checkPlace()
        let parent = path.split(separator: "/").dropLast().map { "/" + $0 }.joined()
        var template = Array("\(parent)/.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw failure("make a directory beside") }
        let draft = String(
            decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        return draft + "/s"
    }

    private func checkPlace() throws {
        guard path.hasPrefix("/"), !path.hasSuffix("/") else {
            throw SocketError(path: path, reason: "give an absolute path")
        }
        // What is bound first is no longer than this.
        let room = Self.longest - "/.XXXXXX/s".utf8.count
        let parent = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path.utf8[..<$0].count } ?? 0
        guard path.utf8.count <= Self.longest, parent <= room else {
            throw SocketError(
                path: path, reason: "too long for a socket: \(Self.longest) bytes is the limit")
        }
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw SocketError(path: path, reason: "something that is no socket is there: remove it")
        }
        guard !isServed else {
            throw SocketError(
                path: path, reason: "another process serves it: stop that, or listen elsewhere")
        }
    }

    private var isServed: Bool {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, size) == 0
            }
        }
    }

    /// Gives the bound socket its owner and mode, and then its place.
    public func publish(_ draft: String) throws {
        if let group {
            guard let entry = getgrnam(group) else { throw failure("find group \(group) for") }
            guard chown(draft, geteuid(), entry.pointee.gr_gid) == 0 else {
                throw failure("give group \(group)")
            }
        }
        guard chmod(draft, 0o660) == 0 else { throw failure("chmod") }
        guard rename(draft, path) == 0 else { throw failure("move a socket to") }
        removeDirectory(of: draft)
    }

    /// Undoes what there is to undo; a socket that someone else has put there meanwhile stays.
    public func withdraw(_ draft: String) {
        unlink(draft)
        removeDirectory(of: draft)
        if !isServed { unlink(path) }
    }

    private func removeDirectory(of draft: String) {
        rmdir(String(draft.dropLast(2)))
    }

    private func failure(_ action: String) -> SocketError {
        SocketError(path: path, reason: "\(action) it: " + String(cString: strerror(errno)))
    }
}

/// Why a socket could not be listened on.
public struct SocketError: Error, CustomStringConvertible {
    public let path: String
    public let reason: String

    public var description: String { "socket \(path): \(reason)" }
}
