import Linux
import Volumes

/// Where a volume's data is, and what is known of it since its first attach.
///
/// A directory that is missing, or lies on another filesystem than then, is not the volume: a disk
/// may not be mounted, and a database must not start on the empty directory under it.
struct Place: Sendable {
    let path: String
    private let volume: Volume

    init(of volume: Volume, at path: String) {
        self.volume = volume
        self.path = path
    }

    /// Whether the volume was attached before.
    var isKnown: Bool { volume.handle["filesystem"] != nil }

    /// What to remember of the volume from its first use on.
    func remembered(_ root: OpenFile) throws(SystemError) -> [String: String] {
        var handle = volume.handle
        handle["filesystem"] = try root.filesystemIdentity().text
        handle["filesystem-name"] = try root.filesystemDescription()
        return handle
    }

    /// Makes the directory's own entry durable.
    func syncParent() throws(SystemError) {
        let parent = "/" + path.split(separator: "/").dropLast().joined(separator: "/")
        try OpenFile(parent, for: .directory, following: true).sync()
    }

    /// Opens the directory if it is the volume's; throws what was expected and what was found.
    func check() throws -> OpenFile {
        let root = try open()
        guard let text = volume.handle["filesystem"], let known = FilesystemIdentity(text) else {
            return root
        }
        guard try root.filesystemIdentity().isSame(as: known) else {
            throw unavailable(found: "a directory on \(try root.filesystemDescription())")
        }
        return root
    }

    private func open() throws -> OpenFile {
        do {
            return try OpenFile("/", for: .reference).open(
                String(path.drop { $0 == "/" }), for: .directory, within: .noSymlinks)
        } catch {
            guard let found = try found() else { throw error }
            throw unavailable(found: found)
        }
    }

    /// What is at the path instead of a directory; nil if there is one after all.
    private func found() throws(SystemError) -> String? {
        var path = ""
        for part in self.path.split(separator: "/") {
            path += "/\(part)"
            do {
                let kind = try FileStatus(of: path).kind
                if kind != .directory { return "\(kind) at \(path)" }
            } catch  where error.isMissing {
                return path == self.path ? "nothing" : "nothing at \(path)"
            }
        }
        return nil
    }

    var expected: String {
        let filesystem = volume.handle["filesystem-name"].map { " on \($0)" } ?? ""
        return "a directory at \(path)\(filesystem)"
    }

    private func unavailable(found: String) -> VolumeError {
        .unavailable(volume.name, expected: expected, found: found)
    }
}
