import Logging
import Synchronization

/// Which volumes have filled up to a level that is told of, and not told of twice.
struct FillLevels {
    /// In percent of a limit, of bytes or of inodes.
    static let all = [80, 90, 95]

    private var told: [String: Int] = [:]
    /// The volumes that have a limit, as of a generation of the list.
    fileprivate var limited: (generation: UInt64, volumes: [Volume])?

    /// The level that a volume has passed since it was last seen; nil if it has not.
    ///
    /// One that falls below a level is told of again when it passes it once more.
    mutating func pass(_ id: String, _ percent: Int?) -> Int? {
        let level = Self.all.last { $0 <= percent ?? 0 }
        let before = told.updateValue(level ?? 0, forKey: id) ?? 0
        guard let level, level > before else { return nil }
        return level
    }

    /// Forgets volumes that are not there any more.
    mutating func keep(_ ids: Set<String>) {
        told = told.filter { ids.contains($0.key) }
    }
}

extension VolumeManager {
    /// Tells, until the task is cancelled, of volumes that fill up; looks once a minute, at what
    /// the kernel has counted anyway.
    public func watch() async {
        while (try? await Task.sleep(for: .seconds(60))) != nil { await lookAtLevels() }
    }

    /// One look at how full volumes are.
    public func lookAtLevels() async {
        let all = limitedVolumes()
        let usage = await core.usage(of: all, countedOnly: true)
        fillLevels.withLock { $0.keep(Set(usage.keys)) }
        for volume in all {
            guard let percent = usage[volume.id]?.percent,
                let level = fillLevels.withLock({ $0.pass(volume.id, percent) })
            else { continue }
            logger.warning(
                "volume fills up", metadata: ["volume": "\(volume.name)", "percent": "\(percent)"])
            tell(.threshold, volume, nil, nil, ["percent": "\(level)"])
        }
    }

    /// Of many volumes few have a limit, and they are looked for only after a change.
    private func limitedVolumes() -> [Volume] {
        let current = generation
        return fillLevels.withLock { levels in
            if let limited = levels.limited, limited.generation == current {
                return limited.volumes
            }
            let listing = list()
            let limited = core.limited(among: listing.volumes)
            levels.limited = (listing.generation, limited)
            return limited
        }
    }
}
