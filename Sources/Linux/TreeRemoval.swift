import CLinux
import Glibc

/// Deletes what is in a directory, depth first, from descriptor to descriptor.
///
/// Each step is taken from an open directory and refuses symlinks and mount points, so that
/// nobody who changes the tree meanwhile can lead it elsewhere.
final class TreeRemoval {
    static let isMounted = "something is mounted there; unmount it first"

    /// One directory on the way down.
    private struct Level {
        let name: EntryName
        let device: UInt64
        let inode: UInt64
        /// Nil while the way is too long to keep all of it open.
        var directory: OpenFile?
        var entries: DirectoryEntries?
        /// What the current pass over the entries deleted; another pass follows if anything.
        var removed = 0
        /// Something in it could not be deleted, so neither can it.
        var isKept = false
    }

    /// How many directories on the way are kept open at most.
    private static let mostOpen = 32

    private let path: String
    /// An entry of the root that stays.
    private let kept: String?
    private let pulse: Pulse?
    private var levels: [Level] = []
    private var firstFailure: SystemError?
    private var failures = 0

    init(of root: OpenFile, except kept: String? = nil, _ pulse: Pulse?) throws(SystemError) {
        path = root.path
        self.kept = kept
        self.pulse = pulse
        try enter(root, EntryName(root.path))
    }

    /// Deletes all it can, then throws if anything is left.
    func removeContents() throws {
        while var level = levels.popLast() {
            try pulse?.beat()
            if let (name, kind) = try level.entries?.next() {
                levels.append(level)
                if levels.count == 1, let kept, name.description == kept { continue }
                try remove(name, kind)
            } else if level.removed > 0, !level.isKept {
                // What changes while it is read may hide entries from one pass.
                level.removed = 0
                level.entries?.rewind()
                levels.append(level)
            } else if !levels.isEmpty {
                try leave(level)
            }
        }
        guard var failure = firstFailure else { return }
        if failures > 1 {
            let others = "and \(failures - 1) more could not be deleted"
            failure = SystemError(
                failure.call, failure.path, errno: failure.errno,
                detail: [failure.detail, others].compactMap(\.self).joined(separator: "; "))
        }
        throw failure
    }

    private func remove(_ name: EntryName, _ kind: FileStatus.Kind) throws(SystemError) {
        guard let directory = levels.last?.directory else { return }
        // Trying first is right for every kind: only a directory answers EISDIR.
        let number = kind == .directory ? EISDIR : unlink(name, in: directory, 0)
        switch number {
        case 0: count()
        case ENOENT: break
        case EISDIR: try descend(to: name, in: directory)
        default: fail("unlink", name, number)
        }
    }

    private func descend(to name: EntryName, in directory: OpenFile) throws(SystemError) {
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        let limits = CLINUX_RESOLVE_BENEATH | CLINUX_RESOLVE_NO_XDEV | CLINUX_RESOLVE_NO_SYMLINKS
        let answer = clinux_openat2(
            directory.descriptor, name.bytes, UInt64(flags), 0, UInt64(limits))
        switch answer {
        case 0...: try enter(OpenFile(adopting: answer, path: ""), name)
        case -ENOENT: break
        case -ENOTDIR, -ELOOP:
            // It was replaced since it was listed; the next pass sees what it is now.
            count()
        default: fail("open", name, -answer)
        }
    }

    private func enter(_ directory: OpenFile, _ name: EntryName) throws(SystemError) {
        let status = try directory.status()
        levels.append(
            Level(
                name: name, device: status.device, inode: status.inode, directory: directory,
                entries: try DirectoryEntries(of: directory)))
        let last = levels.count - 1 - Self.mostOpen
        guard last >= 0 else { return }
        levels[last].directory = nil
        levels[last].entries = nil
    }

    /// Deletes a directory that is empty now, from its parent.
    private func leave(_ level: Level) throws(SystemError) {
        try reopenLast(from: level)
        guard !level.isKept else { return levels[levels.count - 1].isKept = true }
        guard let parent = levels.last?.directory else { return }
        switch unlink(level.name, in: parent, AT_REMOVEDIR) {
        case 0, ENOENT: count()
        case let number: fail("rmdir", level.name, number)
        }
    }

    /// Goes back up to a directory that was closed on the way down, if it still is the same.
    private func reopenLast(from child: Level) throws(SystemError) {
        guard let last = levels.last, last.directory == nil, let child = child.directory else {
            return
        }
        let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC
        let descriptor = try checked("open", fullPath(nil)) {
            openat(child.descriptor, "..", flags)
        }
        let parent = OpenFile(adopting: descriptor, path: "")
        let status = try parent.status()
        guard status.inode == last.inode, status.device == last.device else {
            throw SystemError(
                "delete", fullPath(nil), errno: ESTALE, detail: "it was moved meanwhile")
        }
        levels[levels.count - 1].directory = parent
        levels[levels.count - 1].entries = try DirectoryEntries(of: parent)
    }

    private func unlink(_ name: EntryName, in directory: OpenFile, _ flags: Int32) -> Int32 {
        unlinkat(directory.descriptor, name.bytes, flags) == 0 ? 0 : errno
    }

    private func count() { levels[levels.count - 1].removed += 1 }

    // MARK: What can't be deleted

    private func fail(_ call: String, _ name: EntryName, _ number: Int32) {
        levels[levels.count - 1].isKept = true
        failures += 1
        guard firstFailure == nil else { return }
        firstFailure = SystemError(
            call, fullPath(name), errno: number, detail: detail(of: number, name))
    }

    private func detail(of number: Int32, _ name: EntryName) -> String? {
        switch number {
        case EXDEV, EBUSY: return Self.isMounted
        case EPERM:
            let isImmutable = levels.last?.directory.map { directory in
                var status = clinux_status()
                let answer = clinux_status(directory.descriptor, name.bytes, &status)
                return answer == 0 && FileStatus(status).isImmutable
            }
            return isImmutable == true ? "it is immutable; see chattr(1)" : nil
        default: return nil
        }
    }

    private func fullPath(_ name: EntryName?) -> String {
        let names = levels.dropFirst().map(\.name) + (name.map { [$0] } ?? [])
        return ([path] + names.map(\.description)).joined(separator: "/")
    }
}
