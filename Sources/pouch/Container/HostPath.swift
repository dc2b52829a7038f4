import Glibc
import PouchClient

/// A path of this host, or of a container that is written the same way.
struct HostPath {
    private let text: String

    init(_ text: String) {
        self.text = text
    }

    private var mode: mode_t? {
        var status = stat()
        return stat(text, &status) == 0 ? status.st_mode : nil
    }

    /// Also for a symlink that leads nowhere.
    var exists: Bool {
        var status = stat()
        return lstat(text, &status) == 0
    }

    var isDirectory: Bool { mode.map { $0 & S_IFMT == S_IFDIR } ?? false }

    private var parts: [Substring] {
        text.split(separator: "/").filter { $0 != "." }
    }

    /// The last part; of `.` and the like, what the directory is called.
    var name: String {
        if let last = parts.last, last != ".." { return String(last) }
        guard let path = realpath(text, nil) else { return text }
        defer { free(path) }
        return String(cString: path).split(separator: "/").last.map(String.init) ?? "/"
    }

    /// What the last part is in.
    var directory: String {
        let above = parts.dropLast().joined(separator: "/")
        if text.hasPrefix("/") { return "/" + above }
        return above.isEmpty ? "." : above
    }

    /// Without symlinks.
    func resolved() throws -> String {
        guard let path = realpath(text, nil) else {
            throw ClientError.unreadable(text, errno: errno)
        }
        defer { free(path) }
        return String(cString: path)
    }
}
