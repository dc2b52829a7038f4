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

    /// What to remember of the place at the first attach.
    static func facts(about root: OpenFile) throws(SystemError) -> [String: String] {
        [
            "filesystem": try root.filesystemIdentity().text,
            "filesystem-name": try root.filesystemDescription(),
        ]
    }

    /// Opens the directory if it is the volume's; throws what was expected and what was found.
    func check(for purpose: OpenFile.Purpose = .directory) throws -> OpenFile {
        let root = try open(purpose)
        guard let text = volume.handle["filesystem"], let known = FilesystemIdentity(text) else {
            return root
        }
        guard try root.filesystemIdentity().isSame(as: known) else {
            throw unavailable(found: "a directory on \(try root.filesystemDescription())")
        }
        return root
    }

    private func open(_ purpose: OpenFile.Purpose) throws -> OpenFile {
        do {
            return try OpenFile("/", for: .reference).open(
                String(path.drop { $0 == "/" }), for: purpose, within: .noSymlinks)
        } catch {
            switch error.errno {
            case 2: throw unavailable(found: "nothing")  // ENOENT
            case 20: throw unavailable(found: "something that is no directory")  // ENOTDIR
            case 40: throw unavailable(found: "a symbolic link on the way")  // ELOOP
            default: throw error
            }
        }
    }

    private func unavailable(found: String) -> VolumeError {
        let filesystem = volume.handle["filesystem-name"].map { " on \($0)" } ?? ""
        return .unavailable(
            volume.name, expected: "a directory at \(path)\(filesystem)", found: found)
    }
}
