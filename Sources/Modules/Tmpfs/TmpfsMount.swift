import Linux
import Volumes

/// One volume's mount, there or not, and the directories that come and go with it.
struct TmpfsMount: Sendable {
    let volume: Volume
    let path: String
    /// Where all volumes' mounts are; it stays.
    let keptDirectory: String
    /// Outermost first.
    let directories: [String]

    static func label(of volume: Volume) -> String { "pouch:\(volume.id)" }

    static func isOurs(_ entry: MountTable.Entry) -> Bool {
        entry.type == "tmpfs" && entry.source.hasPrefix("pouch:")
    }

    /// Why nothing can be mounted on what is at `path`; nil if it can.
    static func obstacle(at path: String) throws -> String? {
        let status = try FileStatus(of: path)
        if status.kind != .directory { return "it is \(status.kind)" }
        if status.isMountPoint { return "a filesystem is mounted there" }
        return try OpenFile(path, for: .directory).isEmpty() ? nil : "it is not empty"
    }

    /// Mounts it, unless it is mounted.
    func make(_ options: String) throws {
        let (isMounted, stranger) = try state()
        if let stranger { throw unavailable(found: stranger) }
        guard !isMounted else { return }
        for directory in directories { try makeDirectory(directory) }
        let target = try OpenFile("/", for: .reference).open(
            String(path.drop { $0 == "/" }), for: .directory, within: .noSymlinks)
        guard try target.isEmpty() else { throw unavailable(found: "one with files in it") }
        do {
            try Mounting.mount(
                Self.label(of: volume), on: target, type: "tmpfs",
                [.noExecution, .noSetuid, .noDevices], options: options)
        } catch {
            removeDirectories()
            throw error
        }
    }

    /// Unmounts it if it is mounted, and removes the directories that were made for it.
    ///
    /// A program of the host's that still has a file or its working directory in it keeps the
    /// memory until it leaves; nobody else sees it any more.
    func takeAway() throws {
        let (isMounted, stranger) = try state()
        if isMounted {
            if let stranger { throw unavailable(found: "\(stranger) over it") }
            try Mounting.unmount(path, lazily: true)
        }
        if stranger == nil { removeDirectories() }
    }

    /// How full it is; nil if it is not mounted.
    func usage(in table: MountTable) throws -> FilesystemUsage? {
        let (isMounted, stranger) = state(in: table)
        guard isMounted, stranger == nil else { return nil }
        return try OpenFile(path, for: .directory).filesystemUsage()
    }

    /// Gives it another size while it is mounted; fails if more is used.
    func resize(to bytes: Int64) throws {
        let target = try OpenFile(path, for: .directory)
        try Mounting.mount(
            Self.label(of: volume), on: target, type: "tmpfs",
            [.remount, .noExecution, .noSetuid, .noDevices], options: "size=\(bytes)")
    }

    /// Whether ours is mounted at the place, and what else is, that hides it.
    private func state() throws -> (isMounted: Bool, stranger: String?) {
        state(in: try MountTable())
    }

    private func state(in table: MountTable) -> (isMounted: Bool, stranger: String?) {
        let here = table.entries.filter { $0.path == path }
        let label = Self.label(of: volume)
        let isMounted = here.contains { $0.type == "tmpfs" && $0.source == label }
        guard let top = here.last, top.type != "tmpfs" || top.source != label else {
            return (isMounted, nil)
        }
        return (isMounted, "\(top.type) \(top.source) mounted there")
    }

    private func unavailable(found: String) -> VolumeError {
        .unavailable(volume.name, expected: "an empty directory at \(path)", found: found)
    }

    private func makeDirectory(_ directory: String) throws {
        let (parent, name) = Self.split(directory)
        do {
            try OpenFile(parent, for: .directory, following: true).makeDirectory(name)
        } catch  where error.isTaken {}
    }

    /// What can't go is not empty, and so not only ours any more.
    private func removeDirectories() {
        for directory in directories.reversed() where directory != keptDirectory {
            let (parent, name) = Self.split(directory)
            do {
                try OpenFile(parent, for: .directory, following: true).removeDirectory(name)
            } catch {
                guard error.isMissing else { return }
            }
        }
    }

    private static func split(_ path: String) -> (parent: String, name: String) {
        let parts = path.split(separator: "/")
        return ("/" + parts.dropLast().joined(separator: "/"), parts.last.map(String.init) ?? "")
    }
}
