import Glibc

/// Runs `body` with a new empty directory, and leaves nothing of it behind, whatever happens.
///
/// Filesystems mounted beneath it are unmounted first; one that stays is never deleted into.
public func withTemporaryDirectory<Result>(
    isolation: isolated (any Actor)? = #isolation, _ body: (_ path: String) async throws -> Result
) async throws -> Result {
    let directory = try TemporaryDirectory()
    do {
        let result = try await body(directory.path)
        try directory.remove()
        return result
    } catch {
        try? directory.remove()
        throw error
    }
}

/// A new empty directory under the system's own for temporary files, by its canonical path.
///
/// Prefer ``withTemporaryDirectory(isolation:_:)``, which can't forget to remove it.
public struct TemporaryDirectory: Sendable {
    public let path: String

    public init() throws {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/pouch.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil, let canonical = realpath(template, nil) else {
            throw TestFailure("make a temporary directory in \(parent): errno \(errno)")
        }
        defer { free(canonical) }
        path = String(cString: canonical)
    }

    /// Unmounts what is mounted beneath, last first, then deletes everything.
    public func remove() throws {
        for mountPoint in try mountPoints().reversed() {
            umount2(mountPoint, Int32(MNT_DETACH))
        }
        let left = try mountPoints()
        guard left.isEmpty else { throw TestFailure("still mounted: \(left)") }
        try deleteTree()
    }

    private func mountPoints() throws -> [String] {
        guard let file = fopen("/proc/self/mounts", "r") else {
            throw TestFailure("read /proc/self/mounts: errno \(errno)")
        }
        defer { fclose(file) }
        var line: UnsafeMutablePointer<CChar>?
        var size = 0
        defer { free(line) }
        var found: [String] = []
        while getline(&line, &size, file) > 0, let line {
            let fields = String(cString: line).split(separator: " ")
            guard fields.count > 1, fields[1] == path || fields[1].hasPrefix(path + "/") else {
                continue
            }
            found.append(String(fields[1]))
        }
        return found
    }

    private func deleteTree() throws {
        let words = ["rm", "-rf", "--one-file-system", "--", path]
        var arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var child = pid_t()
        var status: Int32 = 0
        let result = posix_spawn(&child, "/bin/rm", nil, nil, &arguments, environ)
        guard result == 0, waitpid(child, &status, 0) == child, status == 0 else {
            throw TestFailure("delete \(path): rm failed (\(result), \(status))")
        }
    }
}
