import CLinux
import Glibc

/// Visits everything below a directory, without leaving its mount or following a symlink.
///
/// What comes and goes meanwhile may be missed. Few files are open however deep the tree is.
struct TreeWalk {
    let root: OpenFile
    let pulse: Pulse?

    private static let limits =
        CLINUX_RESOLVE_BENEATH | CLINUX_RESOLVE_NO_XDEV | CLINUX_RESOLVE_NO_SYMLINKS
    private static let slash = CChar(UInt8(ascii: "/"))

    /// Calls `visit` for each entry, with the directory that it is in; a directory comes before
    /// what is in it.
    func run(
        _ visit: (_ entry: EntryName, _ directory: OpenFile, _ status: FileStatus) throws -> Void
    ) throws {
        // Paths from the root, each with a zero at its end.
        var waiting: [[CChar]] = [EntryName(".").bytes]
        while let path = waiting.popLast() {
            guard let directory = try open(path) else { continue }
            let entries = try DirectoryEntries(of: directory)
            while let (name, _) = try entries.next() {
                try pulse?.beat()
                guard let status = Self.status(of: name, in: directory) else { continue }
                try visit(name, directory, status)
                guard status.kind == .directory, !status.isMountPoint else { continue }
                waiting.append(path.dropLast() + [Self.slash] + name.bytes)
            }
        }
    }

    /// Nil if it is no directory (any more).
    private func open(_ path: [CChar]) throws(SystemError) -> OpenFile? {
        let flags = UInt64(O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        let answer = clinux_openat2(root.descriptor, path, flags, 0, UInt64(Self.limits))
        switch answer {
        case 0...: return OpenFile(adopting: answer, path: root.path)
        case -ENOENT, -ENOTDIR, -ELOOP, -EXDEV: return nil
        default: throw SystemError("walk", root.path, errno: -answer)
        }
    }

    private static func status(of name: EntryName, in directory: OpenFile) -> FileStatus? {
        var status = clinux_status()
        guard clinux_status(directory.descriptor, name.bytes, &status) == 0 else { return nil }
        return FileStatus(status)
    }
}

/// What a tree takes on its disk.
public struct TreeUsage: Hashable, Sendable {
    /// Bytes.
    public internal(set) var bytes: UInt64
    /// Files, directories and whatever else has a name; one with several names counts once.
    public internal(set) var inodes: UInt64
}

extension Tree {
    /// Counts a directory and everything in it.
    public static func usage(of root: OpenFile, pulse: Pulse? = nil) throws -> TreeUsage {
        var usage = TreeUsage(bytes: try root.status().allocated, inodes: 1)
        var seen: Set<UInt64> = []
        try TreeWalk(root: root, pulse: pulse).run { _, _, status in
            let isDirectory = status.kind == .directory
            guard isDirectory || status.links == 1 || seen.insert(status.inode).inserted else {
                return
            }
            usage.bytes += status.allocated
            usage.inodes += 1
        }
        return usage
    }

    /// Has the directory and what is in it counted in a project, as far as it was counted in
    /// `former` until now. Only files and directories can be. `progress` is called for each entry.
    public static func move(
        _ root: OpenFile, from former: UInt32, to id: UInt32, pulse: Pulse? = nil,
        progress: () -> Void = {}
    ) throws {
        let inherits = id != 0
        let project = Project(id: id, isInherited: inherits)
        // First, so that what is made meanwhile is counted too; or last, so that it tells until the
        // end that something in it may still be counted.
        if inherits { try root.setProject(project) }
        try TreeWalk(root: root, pulse: pulse).run { name, directory, status in
            progress()
            let isDirectory = status.kind == .directory
            guard isDirectory || status.kind == .file, !status.isMountPoint else { return }
            let flags =
                O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | (isDirectory ? O_DIRECTORY : 0)
            let descriptor = openat(directory.descriptor, name.bytes, flags)
            guard descriptor >= 0 else { return }
            let file = OpenFile(adopting: descriptor, path: "\(root.path)/\(name)")
            guard try file.project().id == former else { return }
            try file.setProject(Project(id: id, isInherited: isDirectory && inherits))
        }
        if !inherits { try root.setProject(project) }
    }
}
