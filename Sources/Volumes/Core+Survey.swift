import Synchronization

/// A use that has ended, by an owner that is gone for good or that only does not run, and whose
/// storage has not heard of it yet.
struct Unfinished: Sendable {
    let reference: Reference
    let volume: Volume
    var isGone: Bool
}

/// Volumes whose storage is the truth about them, and may be away.
extension Core {
    /// Records a volume that the storage has already; nil if it has none of this name.
    func takeOver(
        _ name: VolumeName, as request: VolumeRequest, from driver: any Surveying,
        usedBy user: (Owner, String)? = nil
    ) async throws -> Volume? {
        guard case .found(let found) = try await driver.find(name, patiently: true) else {
            return nil
        }
        // Nobody can say whether they hold, and none is ever accepted and then ignored.
        guard request.options?.isEmpty ?? true else {
            throw VolumeError.differs(
                name,
                difference: "driver \(driver.name) has it already, nobody knows with which "
                    + "options, so none can be stated")
        }
        let volume = Volume(
            id: surroundings.id(), name: name, driver: driver.name, labels: request.labels,
            createdAt: found.createdAt ?? surroundings.now(), phase: .ready)
        let reference = user.map { Reference(volume: volume.id, owner: $0.0, destination: $0.1) }
        try await store.commit([.save(volume)] + (reference.map { [.refer($0)] } ?? []))
        drivers.expect(driver.name)
        shelf.withLock { shelf in
            shelf.put(volume)
            if let reference { shelf.put(reference, to: volume) }
        }
        return volume
    }

    /// Sees to it that the storage of a recorded volume that is asked for again has it still.
    ///
    /// What was lost is made anew only while nobody uses it: missing is not empty.
    func confirm(_ volume: Volume) async throws {
        guard let driver = try drivers[volume.driver] as? any Surveying,
            case .absent(let reason) = try await driver.find(volume.name, patiently: true)
        else { return }
        guard shelf.withLock({ $0.references(to: volume) }).isEmpty else {
            throw VolumeError.unavailable(
                volume.name, expected: "volume \(volume.name) in driver \(driver.name)",
                found: reason ?? "none")
        }
        _ = try await driver.create(volume)
    }

    /// The first driver, by name, whose storage has a volume of this name, which no record knows.
    func whoHas(_ name: VolumeName) async -> ((any Surveying), FoundVolume)? {
        let candidates = drivers.surveying
        guard !candidates.isEmpty else { return nil }
        return await withTaskGroup(of: (Int, FoundVolume)?.self) { group in
            for (index, driver) in candidates.enumerated() {
                group.addTask {
                    guard
                        case .found(let found)? = try? await driver.find(
                            name, patiently: false)
                    else {
                        return nil
                    }
                    return (index, found)
                }
            }
            var all: [(Int, FoundVolume)] = []
            for await one in group { one.map { all.append($0) } }
            return all.min { $0.0 < $1.0 }.map { (candidates[$0.0], $0.1) }
        }
    }

    // MARK: - After start-up

    /// Tells the storage of a use that ended unheard, before the next one begins; answers whether
    /// there was such a use.
    func finishDetach(
        of reference: Reference, from volume: Volume, by driver: any Driver
    ) async -> Bool {
        guard unfinished.withLock({ $0.removeValue(forKey: reference) }) != nil else {
            return false
        }
        // It may know nothing of it any more, after a reboot: what counts is that it was told.
        try? await driver.detach(volume, from: reference, isLast: isLast(reference, of: volume))
        return true
    }

    func noteUnfinished(_ reference: Reference, of volume: Volume, isGone: Bool) {
        unfinished.withLock { unfinished in
            let use = Unfinished(reference: reference, volume: volume, isGone: isGone)
            unfinished[reference] = unfinished[reference] ?? use
        }
        later.ring()
    }

    /// Whether a use whose end the storage has not heard is left to be told later.
    func letGo(_ reference: Reference, of volume: Volume) -> Bool {
        unfinished.withLock { unfinished in
            guard let key = unfinished.keys.first(where: { $0.isSameUse(as: reference) }) else {
                return false
            }
            unfinished[key]?.isGone = true
            return true
        }
    }

    func isUnfinished(_ use: Reference) -> Bool {
        unfinished.withLock { $0.keys.contains { $0.isSameUse(as: use) } }
    }

    /// Whether only the storage has not heard yet that the owner of the use is gone for good.
    func isOver(_ use: Reference) -> Bool {
        unfinished.withLock { unfinished in
            unfinished.contains { $0.key.isSameUse(as: use) && $0.value.isGone }
        }
    }

    /// Tells the storage once more of a use that ended, unless it has begun anew since.
    func finish(_ use: Unfinished) async throws {
        guard let use = unfinished.withLock({ $0[use.reference] }) else { return }
        let known = shelf.withLock { shelf in
            shelf.references(to: use.volume).first { $0.isSameUse(as: use.reference) }
        }
        guard let known, known.isAttached else {
            return unfinished.withLock { _ = $0.removeValue(forKey: use.reference) }
        }
        try await end(known, of: use.volume)
        if use.isGone { try await forget(known, to: use.volume) }
    }
}
