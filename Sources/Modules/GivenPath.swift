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
        (path, missingFrom) = try Self.resolve(parts)
        guard path != "/" else { throw refuse("it leads to the root directory") }
        for own in ownDirectories.map(Self.canonical) {
            guard !Self.is(path, insideOf: own), !Self.is(own, insideOf: path) else {
                throw refuse("it holds, or lies in, pouchd's own directory \(own)")
            }
        }
    }

    /// The directories to make, outermost first.
    var missing: [String] { Self.directories(from: missingFrom, to: path) }

    static func directories(from first: String?, to last: String) -> [String] {
        guard let first else { return [] }
        var directories = [first]
        for part in last.dropFirst(first.utf8.count).split(separator: "/") {
            directories.append("\(directories[directories.count - 1])/\(part)")
        }
        return directories
    }

    private static func `is`(_ path: String, insideOf other: String) -> Bool {
        path == other || path.hasPrefix(other == "/" ? other : other + "/")
    }

    /// A directory of our own, however it is spelt; as it stands if it does not exist.
    static func canonical(_ path: String) -> String {
        let parts = path.split(separator: "/")
        return (try? resolve(parts).0) ?? path
    }

    /// Follows symlinks in what exists; the rest is taken as it stands.
    private static func resolve(_ parts: [Substring]) throws(SystemError) -> (String, String?) {
        var rest = parts
        var missing: [Substring] = []
        while true {
            let path = "/" + rest.joined(separator: "/")
            do {
                let found = try OpenFile(path, for: .reference, following: true).canonicalPath()
                guard let first = missing.first else { return (found, nil) }
                let base = found == "/" ? "" : found
                return (
                    "\(base)/\(missing.joined(separator: "/"))", "\(base)/\(first)"
                )
            } catch  where error.isMissing && !rest.isEmpty {
                missing.insert(rest.removeLast(), at: 0)
            }
        }
    }
}

extension SystemError {
    /// ENOENT: there is nothing of that name.
    var isMissing: Bool { errno == 2 }
}
