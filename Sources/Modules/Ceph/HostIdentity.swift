import FoundationEssentials
import Glibc
import Linux

/// Which host this is, as others that share storage see it.
///
/// Made once for each home directory and kept there: names of hosts change, and are not unique.
struct HostIdentity: Hashable, Sendable {
    /// 32 hex digits.
    let id: String
    /// What people call the host; only for messages.
    let name: String

    /// Reads the identity in the file `path`, or makes one and makes it durable.
    init(keptAt path: String) throws {
        name = Self.hostName
        if let text = try Self.text(at: path) {
            let word = text.prefix { $0 != "\n" }
            guard word.utf8.count == 32, word.allSatisfy(\.isHexDigit) else {
                throw SystemError(
                    "read", path, errno: EINVAL,
                    detail: "it should hold the 32 hex digits that name this host to others; "
                        + "bring it back from a backup, or delete it while nothing is mounted")
            }
            id = String(word)
            return
        }
        id = (0..<4).map { _ in Self.hex(UInt32.random(in: 0...UInt32.max)) }.joined()
        try Data("\(id)\n".utf8).write(to: URL(filePath: path), options: .atomic)
        try OpenFile(path, for: .reading).sync()
        let parent = path.split(separator: "/").dropLast().joined(separator: "/")
        try OpenFile("/" + parent, for: .directory, following: true).sync()
    }

    private static func text(at path: String) throws(SystemError) -> String? {
        do {
            return try OpenFile.text(at: path)
        } catch {
            guard error.isMissing else { throw error }
            return nil
        }
    }

    private static func hex(_ word: UInt32) -> String {
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }

    private static var hostName: String {
        var bytes = [CChar](repeating: 0, count: 256)
        guard gethostname(&bytes, bytes.count - 1) == 0 else { return "unknown" }
        return String(
            decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
