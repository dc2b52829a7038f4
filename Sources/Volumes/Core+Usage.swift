import Synchronization

/// How full volumes are, and how full they may get.
extension Core {
    /// What can be said, by volume id; all drivers are asked at once.
    func usage(of volumes: [Volume], countedOnly: Bool = false) async -> [String: Usage] {
        await withTaskGroup(of: [String: Usage].self) { group in
            for (name, ours) in Dictionary(grouping: volumes, by: \.driver) {
                guard let driver = try? drivers[name] as? any Measuring else { continue }
                group.addTask { await driver.usage(of: ours, countedOnly: countedOnly) }
            }
            return await group.reduce(into: [:]) { all, some in
                all.merge(some) { first, _ in first }
            }
        }
    }

    /// Those that can fill up to a limit, as far as their records tell.
    func limited(among volumes: [Volume]) -> [Volume] {
        // Asked for once each, not once for each of their volumes.
        var measuring: [String: (any Measuring)?] = [:]
        return volumes.filter { volume in
            let driver = measuring[volume.driver] ?? (try? drivers[volume.driver] as? any Measuring)
            measuring[volume.driver] = .some(driver)
            return driver?.hasLimit(volume) == true
        }
    }

    /// What the default driver's volumes were promised of their disk; nil if it has none, or does
    /// not answer.
    func commitment() async -> Commitment? {
        guard let driver = try? drivers[Drivers.default] as? any Measuring,
            let disk = await driver.disk()
        else { return nil }
        let all = shelf.withLock { $0.all }.filter { $0.driver == driver.name }
        let usage = await driver.usage(of: all, countedOnly: true)
        var reserved: Int64 = 0
        var unlimited = 0
        var pools: Set<String> = []
        for volume in all {
            guard let usage = usage[volume.id], let limit = usage.limit else {
                unlimited += 1
                continue
            }
            if let pool = usage.pool, !pools.insert(pool).inserted { continue }
            let (sum, overflow) = reserved.addingReportingOverflow(limit)
            reserved = overflow ? .max : sum
        }
        return Commitment(disk: disk, reserved: reserved, unlimited: unlimited)
    }

    /// Gives a volume other limits; they hold, and are on disk, when this returns.
    func resize(
        _ volume: Volume, size change: SizeChange?, inodes: Int64?
    ) async throws -> Volume {
        var volume = try await readied(volume)
        let driver = try drivers[volume.driver]
        guard let sizing = driver as? any Sizing else {
            throw VolumeError.unsupported("change a volume's size", driver: driver.name)
        }
        let option = sizing.sizeOption(of: volume)
        let size = try await newSize(of: volume, change, option: option)
        let isAttached = shelf.withLock { shelf in
            shelf.references(to: volume).contains(where: \.isAttached)
        }
        volume.handle = try await sizing.resize(
            volume, to: Limits(size: size, inodes: inodes), isAttached: isAttached)
        surroundings.step("resize.made")
        if let size { volume.options = (volume.options ?? [:]).setting(option, to: size) }
        if let inodes {
            volume.options = (volume.options ?? [:]).merging(["inodes": "\(inodes)"]) { $1 }
        }
        try await store.commit([.save(volume)])
        surroundings.step("resize.recorded")
        let resized = volume
        shelf.withLock { $0.put(resized) }
        return resized
    }

    private func newSize(
        of volume: Volume, _ change: SizeChange?, option: String
    ) async throws -> ByteCount? {
        guard let change else { return nil }
        let limit = await usage(of: [volume])[volume.id]?.limit
        if let size = change.size(from: limit) { return size }
        throw VolumeError.invalidOption(
            option, value: "\(change)",
            reason: limit == nil
                ? "volume \(volume.name) has no limit that it could be more than; give a size"
                : "that is more than can be counted")
    }
}

extension [String: String] {
    fileprivate func setting(_ option: String, to size: ByteCount) -> [String: String] {
        merging([option: size.exactly]) { $1 }
    }
}
