import Glibc
import Linux

/// Finds what a container's layer makes of its image, as `docker diff` tells it.
///
/// Only directories that the layer itself has are looked at, so it takes as long as the container
/// wrote much, however large the image is.
struct LayerComparison {
    /// What is made where the runtime mounts things of its own; docker does not tell of it either.
    private static let made: Set = [
        "/dev", "/dev/console", "/dev/pts", "/dev/shm", "/etc", "/etc/hostname", "/etc/hosts",
        "/etc/mtab", "/etc/resolv.conf", "/proc", "/sys",
    ]
    /// More are nobody's to read.
    private static let most = 1_000_000

    /// What the container wrote, deletions included.
    let upper: OpenFile
    /// The image alone.
    let lower: OpenFile
    /// What the container sees.
    let merged: OpenFile

    private struct Place {
        /// Empty for the root, else beginning with a slash.
        let path: String
        let isInImage: Bool
    }

    private struct Found {
        let change: LayerChange
        let parts: [Substring]
        /// Tells nothing by itself: it is there for what is below it.
        let isOnlyParent: Bool
    }

    func changes(_ pulse: Pulse) throws -> [LayerChange] {
        var found: [Found] = []
        var waiting = [Place(path: "", isInImage: true)]
        while let place = waiting.popLast() {
            try pulse.beat()
            waiting += try look(at: place, &found)
            guard found.count <= Self.most else {
                throw ContainerError.invalidRequest(
                    "more than \(Self.most) paths differ from the image: look into the container")
            }
        }
        found.sort { $0.parts.lexicographicallyPrecedes($1.parts) }
        var kept: [LayerChange] = []
        for one in found.reversed() {
            let hasKeptChild = kept.last?.path.hasPrefix(one.change.path + "/") == true
            if !one.isOnlyParent || hasKeptChild { kept.append(one.change) }
        }
        return kept.reversed()
    }

    /// Compares the entries of one directory; returns those that are to be looked into.
    private func look(at place: Place, _ found: inout [Found]) throws -> [Place] {
        guard let upper = try directory(place.path, in: self.upper),
            let merged = try directory(place.path, in: self.merged)
        else { return [] }
        let lower = place.isInImage ? try directory(place.path, in: self.lower) : nil
        let own = Set(try upper.names())
        var deeper: [Place] = []
        for name in own.union(try lower?.names() ?? []) {
            let (now, before) = (try merged.status(of: name), try lower?.status(of: name))
            let path = "\(place.path)/\(name)"
            guard let now else {
                if before != nil { found.append(Self.found(path, .deleted)) }
                continue
            }
            guard own.contains(name) else { continue }
            let isDirectory = now.kind == .directory
            let isMade = Self.made.contains(path)
            let isAsBefore =
                before.map { isDirectory && now.isDressed(as: $0, atAnyTime: isMade) } ?? isMade
            found.append(
                Self.found(
                    path, before == nil ? .added : .modified, isOnlyParent: isAsBefore))
            guard isDirectory else { continue }
            deeper.append(Place(path: path, isInImage: before?.kind == .directory))
        }
        return deeper
    }

    private static func found(
        _ path: String, _ kind: LayerChange.Kind, isOnlyParent: Bool = false
    ) -> Found {
        Found(
            change: LayerChange(path: path, kind: kind), parts: path.split(separator: "/"),
            isOnlyParent: isOnlyParent)
    }

    /// Nil if there is none (any more).
    private func directory(_ path: String, in root: OpenFile) throws -> OpenFile? {
        do {
            return try root.open("." + path, for: .directory, within: [.beneath, .noSymlinks])
        } catch {
            guard error.isMissing || [ENOTDIR, ELOOP].contains(error.errno) else { throw error }
            return nil
        }
    }
}

extension FileStatus {
    /// Whether a directory has the owner, permissions and, unless at any time, time of another.
    fileprivate func isDressed(as other: FileStatus, atAnyTime: Bool) -> Bool {
        kind == other.kind && mode == other.mode && user == other.user && group == other.group
            && (atAnyTime
                || modifiedSeconds == other.modifiedSeconds
                    && modifiedNanoseconds == other.modifiedNanoseconds)
    }
}
