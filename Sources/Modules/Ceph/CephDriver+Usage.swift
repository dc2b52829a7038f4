import FoundationEssentials
import Linux
public import Volumes

extension CephDriver: Measuring {
    /// How long a list waits for a cluster, in seconds.
    private static let patience = 4

    /// What is mounted is counted by its filesystem, the rest by the objects that it has in its
    /// pool, unless nothing must be asked for; of what can't be said in time only the size is.
    public func usage(of volumes: [Volume], countedOnly: Bool) async -> [String: Usage] {
        var all = await mountedUsage(of: volumes)
        guard !countedOnly else { return all }
        let rest = volumes.filter { all[$0.id] == nil }
        let stored = await storedUsage(of: rest)
        for volume in rest {
            guard let limit = volume.handle["size"].flatMap({ Int64($0) }) else { continue }
            let used = stored[volume.id]
            all[volume.id] = Usage(
                used: used, limit: limit, method: used == nil ? .filesystem : .objects,
                asOf: Date())
        }
        return all
    }

    private func mountedUsage(of volumes: [Volume]) async -> [String: Usage] {
        await withTaskGroup(of: (String, Usage)?.self) { group in
            for volume in volumes {
                group.addTask { await self.mountedUsage(of: volume).map { (volume.id, $0) } }
            }
            return await group.reduce(into: [:]) { all, one in
                if let (id, usage) = one { all[id] = usage }
            }
        }
    }

    private func mountedUsage(of volume: Volume) async -> Usage? {
        let mapping = mapping(of: volume)
        let counted = try? await calls.run(
            "look at \(mapping.mountPoint)", on: mapping.directory, seconds: 2
        ) {
            try mapping.isWhole
                ? OpenFile(mapping.mountPoint, for: .directory).filesystemUsage() : nil
        }
        guard let counted = counted ?? nil else { return nil }
        return Usage(
            used: Int64(clamping: counted.used),
            limit: volume.handle["size"].flatMap { Int64($0) } ?? Int64(clamping: counted.size),
            inodes: Int64(clamping: counted.usedInodes),
            inodeLimit: counted.inodes == 0 ? nil : Int64(clamping: counted.inodes),
            method: .filesystem, asOf: Date())
    }

    /// Bytes by volume, as far as clusters say within some seconds. One call for each cluster: what
    /// hangs holds up one thread, and nothing that volumes need.
    private func storedUsage(of volumes: [Volume]) async -> [String: Int64] {
        let places = volumes.compactMap { volume in
            (try? place(of: volume)).map { (id: volume.id, place: $0) }
        }
        let byCluster = Dictionary(grouping: places) {
            "\($0.place.configuration) \($0.place.user)"
        }
        return await withTaskGroup(of: [String: Int64].self) { group in
            for (cluster, places) in byCluster {
                group.addTask {
                    let found = try? await self.calls.run(
                        "measure images", on: "usage in \(cluster)", stalledFor: Self.patience
                    ) { pulse in
                        try self.storedUsage(at: places, pulse)
                    }
                    return found ?? [:]
                }
            }
            return await group.reduce(into: [:]) { all, some in all.merge(some) { $1 } }
        }
    }

    /// Blocks.
    private func storedUsage(
        at places: [(id: String, place: CephPlace)], _ pulse: Pulse
    ) throws -> [String: Int64] {
        var all: [String: Int64] = [:]
        for (id, place) in places {
            try pulse.beat()
            do {
                let image = try clusters.pool(of: place).image(place.image, readOnly: true)
                // Without fast-diff each object would have to be asked for.
                guard try image.features & 16 != 0 else { continue }
                all[id] = try image.contentSize(withParent: false)
            } catch let error as SystemError {
                // The others may still be there; a cluster that does not answer has none.
                guard !error.isUnanswered else { throw error }
            }
        }
        return all
    }
}
