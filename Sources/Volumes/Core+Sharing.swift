import Synchronization

/// Volumes that other hosts made in storage that this one reaches too.
extension Core {
    /// Records what another host made where this volume would be made; nil if there is nothing.
    ///
    /// It is refused if the request states something else.
    func join(
        _ volume: Volume, as request: VolumeRequest, by driver: any Sharing,
        usedBy user: (Owner, String)?
    ) async throws -> Volume? {
        guard let found = try await driver.shared(insteadOf: volume) else { return nil }
        if let difference = request.difference(from: found) {
            throw VolumeError.differs(
                volume.name, difference: "another host made it, and \(difference)")
        }
        return try await join(found, by: driver, usedBy: user)
    }

    /// Records a volume that another host made.
    func join(
        _ found: Volume, by driver: any Sharing, usedBy user: (Owner, String)? = nil
    ) async throws -> Volume {
        var volume = found
        volume.claim = try await driver.claim(for: volume)
        let claim = volume.claim
        try shelf.withLock { shelf throws(VolumeError) in
            try shelf.take(claim: claim, for: found.name)
        }
        let reference = user.map { Reference(volume: found.id, owner: $0.0, destination: $0.1) }
        do {
            try await store.commit([.save(volume)] + (reference.map { [.refer($0)] } ?? []))
        } catch {
            shelf.withLock { $0.release(claim: claim) }
            throw error
        }
        let joined = volume
        shelf.withLock { shelf in
            shelf.put(joined)
            if let reference { shelf.put(reference, to: joined) }
        }
        return joined
    }

    /// A volume of this name that another host made, in the first driver, by name, that has one.
    func whoShares(_ name: VolumeName) async -> (driver: any Sharing, volume: Volume)? {
        for driver in drivers.sharing {
            if let volume = try? await driver.shared(name) { return (driver, volume) }
        }
        return nil
    }
}
