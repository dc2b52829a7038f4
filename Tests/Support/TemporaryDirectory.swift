import Glibc
import Linux

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
        for mount in try MountTable().entries(atOrBelow: path).reversed() {
            try Mounting.unmount(mount.path, lazily: true)
        }
        try Tree.remove(path)
    }
}
