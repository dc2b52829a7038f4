import Glibc

/// A process that sees a directory through a mount of its own: of a container, mostly.
public struct MountUser: Hashable, Sendable {
    public let process: Int32
    /// Its program's name, as far as the kernel keeps it.
    public let program: String
    /// Where it sees the directory, or something in it.
    public let path: String

    /// One for each mount namespace, of those in which the directory at `path`, or anything in it,
    /// is mounted in another place than there; none if nothing is at `path`.
    ///
    /// Reads something of every process of this host.
    public static func all(of path: String) throws(SystemError) -> [MountUser] {
        let own = try MountTable()
        guard let place = own.place(of: path) else { return [] }
        var seen: Set<String> = []
        var users: [MountUser] = []
        for process in try processes() {
            // Processes come and go; those of one namespace see the same.
            guard let namespace = link("/proc/\(process)/ns/mnt"), !seen.contains(namespace),
                let table = try? MountTable(of: process), !table.entries.isEmpty
            else { continue }
            seen.insert(namespace)
            let isCopy = table.entry(at: "/")?.shows(own.entry(at: "/")) ?? false
            let mount = table.entries.first { entry in
                // A copy of our own tree has the mounts that made the volume, at their places.
                entry.device == place.device && entry.root.isAtOrBelow(place.root)
                    && !(isCopy && entry.path.isAtOrBelow(path))
            }
            guard let mount else { continue }
            users.append(
                MountUser(process: process, program: program(of: process), path: mount.path))
        }
        return users
    }

    private static func processes() throws(SystemError) -> [Int32] {
        try RunningProcess.ids.sorted()
    }

    private static func link(_ path: String) -> String? {
        var bytes = [UInt8](repeating: 0, count: 128)
        let count = readlink(path, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes.prefix(count), as: UTF8.self) : nil
    }

    private static func program(of process: Int32) -> String {
        let name = try? OpenFile.text(at: "/proc/\(process)/comm")
        return name?.split(separator: "\n").first.map(String.init) ?? "?"
    }
}

extension MountUser: CustomStringConvertible {
    public var description: String { "process \(process) (\(program)) at \(path)" }
}

extension MountTable {
    /// The filesystem that `path` lies on, and where in it; nil if the path isn't there.
    fileprivate func place(of path: String) -> (device: String, root: String)? {
        guard access(path, F_OK) == 0 else { return nil }
        let over = entries.filter { path.isAtOrBelow($0.path) }
        guard let longest = over.map(\.path.utf8.count).max(),
            let entry = over.last(where: { $0.path.utf8.count == longest })
        else { return nil }
        let below = entry.path == "/" ? path : String(path.dropFirst(entry.path.count))
        let root = entry.root == "/" ? below : entry.root + below
        return (entry.device, root.isEmpty ? "/" : root)
    }
}

extension MountTable.Entry {
    fileprivate func shows(_ other: MountTable.Entry?) -> Bool {
        device == other?.device && root == other?.root
    }
}

extension String {
    fileprivate func isAtOrBelow(_ directory: String) -> Bool {
        self == directory || directory == "/" || hasPrefix(directory + "/")
    }
}
