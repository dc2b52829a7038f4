import Glibc

/// Reading files to their ends.
///
/// Foundation takes a read that gives less than it asked for to be the last. The kernel's files in
/// /proc and /sys give a page at a time, and a pipe gives what is there, so all of ours is read
/// here.
extension OpenFile {
    private static let piece = 1 << 16

    /// The content of the file that `path` leads to, symlinks followed.
    ///
    /// Waits, as `open` and `read` do, where the file is a pipe or lies on storage that hangs.
    public static func bytes(at path: String) throws(SystemError) -> [UInt8] {
        let descriptor = try checked("open", path) {
            Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
        }
        return try OpenFile(adopting: descriptor, path: path).bytes()
    }

    /// The same as text; what is no UTF-8 becomes U+FFFD.
    public static func text(at path: String) throws(SystemError) -> String {
        String(decoding: try bytes(at: path), as: UTF8.self)
    }

    /// What follows the place where reading stopped last, to the end, in pieces as large as the
    /// kernel gives: what it makes up while being read is consistent only within one.
    public func bytes() throws(SystemError) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: Self.piece)
        while true {
            let count = try checked("read", path) { read(descriptor, &buffer, buffer.count) }
            guard count > 0 else { return bytes }
            bytes += buffer.prefix(count)
        }
    }
}
