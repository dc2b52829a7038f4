import Linux
import Volumes

/// A place on this host that a user chose, as the kernel sees it: without symlinks, as far as it
/// exists, and clear of the daemon's own directories.
struct GivenPath: Hashable, Sendable {
    /// Canonical: two that are equal are the same place.
    let path: String
    /// The first directory on the way, or the last itself, that does not exist yet.
    let missingFrom: String?

    /// Reads the value of `option`; looks at the filesystem, so it may block.
    init(_ text: String, option: String, ownDirectories: [String]) throws {
        let refuse = { (reason: String) in
            VolumeError.invalidOption(option, value: text, reason: reason)
        }
        guard text.hasPrefix("/"), !text.utf8.contains(0) else {
            throw refuse("give an absolute path")
        }
        let parts = text.split(separator: "/").filter { $0 != "." }
        guard !parts.contains("..") else { throw refuse("give a path without ..") }
        guard !parts.isEmpty else { throw refuse("the root directory can't be a volume") }
        let resolved: Resolved
        do {
            resolved = try Resolved.following(parts)
        } catch {
            throw refuse("\(error)")
        }
        guard resolved.path != "/" else { throw refuse("it leads to the root directory") }
        for text in ownDirectories {
            let own = try Resolved.following(text.split(separator: "/"))
            guard !resolved.overlaps(own) else {
                throw refuse("it holds, or lies in, pouchd's own directory \(own.path)")
            }
        }
        path = resolved.path
        missingFrom = resolved.missingFrom
    }

    /// The same of a directory that must be there.
    init(directory text: String, option: String, ownDirectories: [String]) throws {
        try self.init(text, option: option, ownDirectories: ownDirectories)
        guard missingFrom == nil else {
            throw VolumeError.invalidOption(
                option, value: text, reason: "there is no such directory; make it first")
        }
        let kind = try FileStatus(of: path).kind
        guard kind == .directory else {
            throw VolumeError.invalidOption(
                option, value: text, reason: "it is \(kind); give a directory")
        }
    }

    static func directories(from first: String?, to last: String) -> [String] {
        guard let first else { return [] }
        var directories = [first]
        for part in last.dropFirst(first.count).split(separator: "/") {
            directories.append("\(directories[directories.count - 1])/\(part)")
        }
        return directories
    }

    /// Whether one of both can be reached through the other, as their filesystems are mounted.
    static func overlap(_ root: OpenFile, _ own: String) throws(SystemError) -> Bool {
        try Resolved(root, []).sharesPlace(with: Resolved.following(own.split(separator: "/")))
    }

    /// A directory of our own, however it is spelt; as it stands if it does not exist.
    static func canonical(_ path: String) -> String {
        (try? Resolved.following(path.split(separator: "/")).path) ?? path
    }
}

/// Where a path leads once symlinks are followed.
private struct Resolved {
    let path: String
    let missingFrom: String?
    /// Where that is in its filesystem: what is mounted twice has two paths, but one such place.
    private let filesystem: String
    private let place: String

    /// Follows symlinks in what exists; the rest is taken as it stands.
    static func following(_ parts: [Substring]) throws(SystemError) -> Resolved {
        var parts = parts
        var missing: [Substring] = []
        while true {
            let path = "/" + parts.joined(separator: "/")
            do {
                return try Resolved(OpenFile(path, for: .reference, following: true), missing)
            } catch  where error.isMissing && !parts.isEmpty {
                // A symlink that leads nowhere is no place where a directory could be made.
                guard (try? FileStatus(of: path)) == nil else { throw error }
                missing.insert(parts.removeLast(), at: 0)
            }
        }
    }

    init(_ found: OpenFile, _ missing: [Substring]) throws(SystemError) {
        let base = try found.canonicalPath()
        let inside = try found.placeInFilesystem()
        let rest = missing.joined(separator: "/")
        path = Self.join(base, rest)
        missingFrom = missing.first.map { Self.join(base, String($0)) }
        filesystem = inside.filesystem
        place = Self.join(inside.path, rest)
    }

    /// Whether one is the other, or lies in it.
    func overlaps(_ other: Resolved) -> Bool {
        Self.overlap(path, other.path) || sharesPlace(with: other)
    }

    /// The same, whatever the paths are.
    func sharesPlace(with other: Resolved) -> Bool {
        filesystem == other.filesystem && Self.overlap(place, other.place)
    }

    private static func overlap(_ one: String, _ other: String) -> Bool {
        lies(one, in: other) || lies(other, in: one)
    }

    private static func lies(_ path: String, in other: String) -> Bool {
        path == other || path.hasPrefix(other == "/" ? other : other + "/")
    }

    private static func join(_ base: String, _ rest: String) -> String {
        let base = base == "/" ? "" : base
        return rest.isEmpty ? (base.isEmpty ? "/" : base) : "\(base)/\(rest)"
    }
}
