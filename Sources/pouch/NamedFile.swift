import Glibc

/// A file that was named on the command line; it may be a pipe: `--env-file <(pass show db)`.
enum NamedFile {
    /// Its whole content.
    static func text(at path: String) throws(UnreadableFile) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw UnreadableFile(path: path, errno: errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw UnreadableFile(path: path, errno: errno) }
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += buffer.prefix(count)
        }
    }
}

/// A file that was named can't be read.
struct UnreadableFile: Error, CustomStringConvertible {
    let path: String
    let errno: CInt

    var description: String { "cannot read the file \(path): \(String(cString: strerror(errno)))" }
}
