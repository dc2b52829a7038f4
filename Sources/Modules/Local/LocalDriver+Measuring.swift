import FoundationEssentials
import Linux
public import Volumes

extension LocalDriver: Measuring {
    /// How long walks may take for one question, in seconds; what they don't reach is left out.
    private static let walking = 5

    public func usage(of volumes: [Volume], countedOnly: Bool) async -> [String: Usage] {
        await usage(of: volumes, walkingFor: countedOnly ? 0 : Self.walking)
    }

    public func hasLimit(_ volume: Volume) -> Bool { Backing(of: volume) != .directory }

    public func disk() async -> Disk? {
        try? await calls.run("look at \(directory)", on: directory) {
            let usage = try OpenFile(directory, for: .directory).filesystemUsage()
            return Disk(
                size: Int64(clamping: usage.size), available: Int64(clamping: usage.available))
        }
    }

    func usage(of volumes: [Volume], walkingFor seconds: Int) async -> [String: Usage] {
        let ours = volumes.filter { !isElsewhere($0) }
        let givens = volumes.filter(isElsewhere)
        return await withTaskGroup(of: [String: Usage].self) { group in
            // All of ours at once: one storage has them all, and one hop serves them.
            if !ours.isEmpty {
                group.addTask { await usage(of: ours, on: directory, walkingFor: seconds) }
            }
            // Each of the users' apart, for each may hang.
            for volume in givens {
                group.addTask {
                    await usage(of: [volume], on: place(of: volume).path, walkingFor: seconds)
                }
            }
            return await group.reduce(into: [:]) { $0.merge($1) { first, _ in first } }
        }
    }

    private func usage(
        of volumes: [Volume], on place: String, walkingFor seconds: Int
    ) async -> [String: Usage] {
        let counted = try? await calls.run("measure volumes", on: place) {
            try count(volumes, on: place)
        }
        guard var usage = counted else { return [:] }
        let uncounted = volumes.filter { usage[$0.id] == nil && !isUnmounted($0) }
        guard seconds > 0, !uncounted.isEmpty else { return usage }
        let walked = try? await calls.run("walk through volumes", on: place, stalledFor: 10) {
            walk(uncounted, Pulse("walk through volumes", endingAfter: seconds), beating: $0)
        }
        usage.merge(walked ?? [:]) { first, _ in first }
        return usage
    }

    private func isUnmounted(_ volume: Volume) -> Bool { image(of: volume) != nil }

    // MARK: What is counted

    private func count(_ volumes: [Volume], on place: String) throws -> [String: Usage] {
        let base = try OpenFile(place, for: .directory)
        let now = Date()
        var usage: [String: Usage] = [:]
        usage.reserveCapacity(volumes.count)
        for volume in volumes {
            // What one of them has against being counted is not the others' loss.
            usage[volume.id] = try? count(volume, from: base, now)
        }
        return usage
    }

    private func count(_ volume: Volume, from base: OpenFile, _ now: Date) throws -> Usage? {
        switch Backing(of: volume) {
        case .directory: return try countDevice(volume).map { Usage($0, now) }
        case .project(let id):
            return Usage(
                try base.projectQuota(of: id), now,
                pool: Self.sharesProject(volume) ? "project \(id)" : nil)
        case .subvolume:
            let id = try subvolumes.find(volume.id) {
                try base.open(volume.name.description, for: .directory).subvolumeID()
            }
            return Usage(try base.usage(ofSubvolume: id), now)
        case .image(let filesystem):
            return try count(image(of: volume, filesystem), now)
        }
    }

    /// While it is not mounted, what its file takes on the disk is what is known of it.
    private func count(_ image: VolumeImage, _ now: Date) throws -> Usage {
        let file = try FileStatus(of: image.path)
        let limit = Int64(clamping: file.size)
        guard let root = try? OpenFile(image.root, for: .directory) else {
            return Usage(
                used: min(Int64(clamping: file.allocated), limit), limit: limit,
                method: .filesystem, asOf: now)
        }
        // What the filesystem needs for itself is used too: a volume without room left is full.
        let filesystem = try root.filesystemUsage()
        let available = min(Int64(clamping: filesystem.available), limit)
        // Inodes that a filesystem makes as it needs them are no limit.
        let counts = image.filesystem == .ext4
        return Usage(
            used: limit - available, limit: limit,
            inodes: counts ? Int64(clamping: filesystem.usedInodes) : nil,
            inodeLimit: counts ? Int64(clamping: filesystem.inodes) : nil, method: .filesystem,
            asOf: now)
    }

    // MARK: What must be walked through

    private func walk(
        _ volumes: [Volume], _ pulse: Pulse, beating outer: Pulse
    ) -> [String: Usage] {
        var usage: [String: Usage] = [:]
        for volume in volumes {
            try? outer.beat()
            if walks.begin(volume.id) { walks.end(volume.id, with: try? walk(volume, pulse)) }
            usage[volume.id] = walks[volume.id]
        }
        return usage
    }

    private func walk(_ volume: Volume, _ pulse: Pulse) throws -> Usage {
        try pulse.beat()
        guard try !hasNothingToWalk(volume) else { throw NotThere() }
        let found = try Tree.usage(of: place(of: volume).check(), pulse: pulse)
        return Usage(
            used: Int64(clamping: found.bytes), inodes: Int64(clamping: found.inodes),
            method: .walk, asOf: Date())
    }
}

/// Nothing can be counted now.
private struct NotThere: Error {}

extension Usage {
    fileprivate init(_ filesystem: FilesystemUsage, _ now: Date) {
        self.init(
            used: Int64(clamping: filesystem.used), limit: Int64(clamping: filesystem.size),
            inodes: Int64(clamping: filesystem.usedInodes),
            inodeLimit: Int64(clamping: filesystem.inodes), method: .filesystem, asOf: now)
    }

    fileprivate init(_ quota: ProjectQuota, _ now: Date, pool: String?) {
        self.init(
            used: Int64(clamping: quota.used), limit: Self.limit(quota.limit),
            inodes: Int64(clamping: quota.usedInodes), inodeLimit: Self.limit(quota.inodeLimit),
            method: .quota, asOf: now, pool: pool)
    }

    fileprivate init(_ subvolume: SubvolumeUsage, _ now: Date) {
        self.init(
            used: Int64(clamping: subvolume.used), limit: Self.limit(subvolume.limit),
            method: .qgroup, asOf: now)
    }

    /// 0 means none to the kernel.
    private static func limit(_ count: UInt64) -> Int64? {
        count == 0 ? nil : Int64(clamping: count)
    }
}
