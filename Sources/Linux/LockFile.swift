import Glibc

/// A file that one process at a time holds locked, for as long as this object lives.
///
/// The lock goes with the process, however it ends; the file stays.
public final class LockFile: Sendable {
    /// Someone else holds the lock.
    public struct Held: Error, Hashable, Sendable, CustomStringConvertible {
        public let path: String
        /// What the holder wrote: its process id.
        public let holder: String

        public var description: String {
            "\(path) is locked by \(holder.isEmpty ? "another process" : "process \(holder)")"
        }
    }

    private let file: OpenFile

    /// Takes the lock, or throws ``Held`` with who has it.
    public init(_ path: String) throws {
        let flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW
        file = OpenFile(
            adopting: try checked("open", path) { open(path, flags, 0o644) }, path: path)
        guard flock(file.descriptor, LOCK_EX | LOCK_NB) == 0 else {
            guard errno == EWOULDBLOCK else { throw SystemError("flock", path, errno: errno) }
            throw Held(path: path, holder: file.text())
        }
        try file.replaceText("\(getpid())\n")
    }
}

extension OpenFile {
    fileprivate func text() -> String {
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = max(0, pread(descriptor, &bytes, bytes.count, 0))
        let line = bytes.prefix(count).prefix { $0 != UInt8(ascii: "\n") }
        return String(decoding: line, as: UTF8.self)
    }

    fileprivate func replaceText(_ text: String) throws(SystemError) {
        try checked("truncate", path) { ftruncate(descriptor, 0) }
        let bytes = Array(text.utf8)
        try checked("write", path) { pwrite(descriptor, bytes, bytes.count, 0) }
    }
}
