import Glibc

/// Whole directory trees, whoever fills them: what is in them can't lead out of them.
public enum Tree {
    /// Deletes what `path` names and everything below; succeeds if there is nothing.
    ///
    /// No symlink is followed and no mount entered: if anything is mounted at or below `path`,
    /// nothing is deleted and the error names it. What can't be deleted, such as an immutable
    /// file, is named too, after everything else is gone. Memory does not grow with the number of
    /// entries, nor open files with the depth.
    public static func remove(_ path: String, pulse: Pulse? = nil) throws {
        try remove(path, keepsRoot: false, pulse)
    }

    /// Deletes everything in the directory, but not the directory.
    ///
    /// It may itself be a mount point. An entry of it called `kept` stays.
    public static func removeContents(
        of path: String, except kept: String? = nil, pulse: Pulse? = nil
    ) throws {
        try remove(path, keepsRoot: true, except: kept, pulse)
    }

    private static func remove(
        _ path: String, keepsRoot: Bool, except kept: String? = nil, _ pulse: Pulse?
    ) throws {
        let (parentPath, name) = split(path)
        let parent = try OpenFile(parentPath, for: .directory, following: true)
        guard let status = try parent.status(of: name) else { return }
        guard status.kind == .directory else {
            return try ignoringMissing { () throws(SystemError) in try parent.removeFile(name) }
        }
        let root = try parent.open(name, for: .directory)
        if try !root.isEmpty() || status.isMountPoint {
            try refuseMounts(in: root, orAtIt: !keepsRoot)
            try TreeRemoval(of: root, except: kept, pulse).removeContents()
        }
        guard !keepsRoot else { return }
        try ignoringMissing { () throws(SystemError) in try parent.removeDirectory(name) }
    }

    private static func split(_ path: String) -> (parent: String, name: String) {
        let parts = path.split(separator: "/")
        let parent = parts.dropLast().joined(separator: "/")
        return (path.hasPrefix("/") ? "/" + parent : "./" + parent, String(parts.last ?? "."))
    }

    private static func refuseMounts(in root: OpenFile, orAtIt: Bool) throws(SystemError) {
        let path = try root.canonicalPath()
        let mounted = try MountTable().entries(atOrBelow: path).filter { orAtIt || $0.path != path }
        guard let first = mounted.first else { return }
        throw SystemError("delete", first.path, errno: EBUSY, detail: TreeRemoval.isMounted)
    }

    private static func ignoringMissing(
        _ body: () throws(SystemError) -> Void
    ) throws(SystemError) {
        do { try body() } catch  where error.errno == ENOENT {}
    }
}
