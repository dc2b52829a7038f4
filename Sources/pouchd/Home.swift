import Glibc
import Linux

/// The daemon's own directories, and its claim to them.
struct Home {
    let path: String
    let state: String

    var volumes: String { path + "/volume" }
    /// What was removed, until it is deleted.
    var trash: String { path + "/trash" }
    /// What lay among the volumes and is none.
    var quarantine: String { path + "/quarantine" }
    /// Volumes that have filesystems of their own.
    var images: String { path + "/image" }
    /// Where those are mounted.
    var imageMounts: String { state + "/image" }
    /// Archives while they are uploaded.
    var spool: String { path + "/spool" }
    var store: String { path + "/store.db" }
    /// Who this host is to others that share storage.
    var identity: String { path + "/host-id" }
    /// What Ceph volumes have while they are attached.
    var ceph: String { state + "/ceph" }

    /// Makes the directories that are missing, and takes the home for this process alone.
    ///
    /// Those on the way to a volume may be passed by anyone who may use it; no other may be looked
    /// into.
    func prepare() throws -> LockFile {
        try make(path, mode: 0o711)
        let lock: LockFile
        do {
            lock = try LockFile(path + "/pouchd.lock")
        } catch let held as LockFile.Held {
            throw HomeError(
                "another pouchd, process \(held.holder), has \(path): "
                    + "stop it, or give this one another --home-dir")
        }
        try make(state, mode: 0o711)
        try make(volumes, mode: 0o711)
        try make(trash, mode: 0o700)
        try make(quarantine, mode: 0o700)
        try make(images, mode: 0o700)
        try make(imageMounts, mode: 0o711)
        try make(spool, mode: 0o700)
        try make(ceph, mode: 0o711)
        try checkTrash()
        return lock
    }

    /// Has a btrfs under the volumes count its subvolumes; nothing happens on other filesystems.
    func countSubvolumes() throws {
        let directory = try OpenFile(volumes, for: .directory, following: true)
        guard directory.isOnBtrfs, !directory.countsSubvolumes else { return }
        try directory.countSubvolumes()
    }

    /// The directory of a socket that lies where others look for it.
    func makeParent(of socket: String) throws {
        let parent = socket.split(separator: "/").dropLast().map { "/" + $0 }.joined()
        if !parent.isEmpty { try make(parent, mode: 0o755) }
    }

    private func make(_ directory: String, mode: mode_t) throws {
        var path = ""
        for name in directory.split(separator: "/") {
            let parent = path.isEmpty ? "/" : path
            path += "/" + name
            if mkdir(path, path == directory ? mode : 0o755) == 0 {
                // Else a power cut could take away what is in it.
                try OpenFile(parent, for: .directory, following: true).sync()
            } else if errno != EEXIST {
                throw HomeError("make \(path): \(String(cString: strerror(errno)))")
            }
        }
    }

    /// What is removed is renamed into the trash, which only works within one mount.
    private func checkTrash() throws {
        let places = try [volumes, trash].map { path in
            try OpenFile(path, for: .directory, following: true).status().mount
        }
        guard places[0] == places[1] else {
            throw HomeError(
                "\(volumes) and \(trash) are on different filesystems: mount one at \(path), "
                    + "or unmount what is mounted on either")
        }
    }
}

/// Why a daemon cannot have its home.
struct HomeError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
