import FoundationEssentials
import Linux
import Volumes

/// An image's snapshots, and the images that were cloned from them. Every call blocks.
extension CephImage {
    /// All that the image holds on to: those of users, and others such as removed ones that clones
    /// need still.
    private func entries() throws(SystemError) -> [(id: UInt64, size: UInt64, name: String)] {
        var count: Int32 = 64
        while true {
            let found = UnsafeMutablePointer<CephLibrary.Snapshots.Entry>
                .allocate(capacity: Int(count))
            found.initialize(repeating: CephLibrary.Snapshots.Entry(), count: Int(count))
            defer { found.deallocate() }
            let answer = library.forSnapshots.list(handle, found, &count)
            // It said how many there are.
            if answer == -34 { continue }
            try cephAnswer("list snapshots of", what, answer)
            defer { library.forSnapshots.endList(found) }
            return (0..<Int(answer)).map {
                (found[$0].id, found[$0].size, found[$0].name.map(String.init(cString:)) ?? "")
            }
        }
    }

    var hasSnapshots: Bool {
        get throws(SystemError) { try !entries().isEmpty }
    }

    /// What people took, the oldest first; those with names that can't be asked for are left out.
    func snapshots() throws(SystemError) -> [Snapshot] {
        var found: [Snapshot] = []
        for entry in try entries() {
            var kind: Int32 = 0
            try cephAnswer(
                "look at a snapshot of", what,
                library.forSnapshots.kind(handle, entry.id, &kind))
            guard kind == 0, let name = try? SnapshotName(entry.name) else { continue }
            var moment = CephLibrary.Snapshots.Moment()
            try cephAnswer(
                "look at a snapshot of", what, library.forSnapshots.time(handle, entry.id, &moment))
            let seconds = Double(moment.seconds) + Double(moment.nanoseconds) / 1e9
            found.append(
                Snapshot(
                    name: name, createdAt: Date(timeIntervalSince1970: seconds),
                    size: Int64(clamping: entry.size)))
        }
        return found.sorted {
            ($0.createdAt, $0.name.description) < ($1.createdAt, $1.name.description)
        }
    }

    /// Succeeds if there is one of that name.
    func takeSnapshot(_ name: SnapshotName) throws(SystemError) {
        let answer = library.forSnapshots.take(handle, name.description)
        guard answer != -17 else { return }
        try cephAnswer("take a snapshot of", what, answer)
    }

    /// Succeeds if there is none of that name.
    func removeSnapshot(_ name: SnapshotName) throws(SystemError) {
        let answer = library.forSnapshots.remove(handle, name.description)
        guard answer != -2 else { return }
        try cephAnswer("remove snapshot \(name) of", what, answer)
    }

    func rollBack(to name: SnapshotName, _ pulse: Pulse) throws(SystemError) {
        try cephAnswer(
            "roll back to snapshot \(name) of", what,
            library.forSnapshots.rollBack(
                handle, name.description, CephLibrary.beat,
                Unmanaged.passUnretained(pulse).toOpaque()))
    }

    /// Whether it still shares something with a snapshot that it was cloned from.
    var isClone: Bool {
        get throws(SystemError) {
            var overlap: UInt64 = 0
            try cephAnswer(
                "look at image", what, library.forSnapshots.overlap(handle, &overlap))
            return overlap > 0
        }
    }

    func flatten(_ pulse: Pulse) throws(SystemError) {
        try cephAnswer(
            "flatten image", what,
            library.forSnapshots.flatten(
                handle, CephLibrary.beat, Unmanaged.passUnretained(pulse).toOpaque()))
    }

    /// The images that were cloned from its snapshots and not flattened since, as `pool/image`.
    func clones() throws(SystemError) -> [String] {
        var count = 64
        while true {
            let found = UnsafeMutablePointer<CephLibrary.Snapshots.Relative>
                .allocate(capacity: count)
            found.initialize(repeating: CephLibrary.Snapshots.Relative(), count: count)
            defer { found.deallocate() }
            let answer = library.forSnapshots.children(handle, found, &count)
            if answer == -34 { continue }
            try cephAnswer("list clones of", what, answer)
            defer { library.forSnapshots.freeChildren(found, count) }
            return (0..<count).map { index in
                [found[index].pool, found[index].namespace, found[index].name]
                    .compactMap { $0.map { String(cString: $0) } }.filter { !$0.isEmpty }
                    .joined(separator: "/")
            }.sorted()
        }
    }
}

extension CephLibrary {
    /// Beats the `Pulse` that the context points to.
    static var beat: Progress {
        { _, _, context in
            guard let context else { return 0 }
            try? Unmanaged<Pulse>.fromOpaque(context).takeUnretainedValue().beat()
            return 0
        }
    }
}
