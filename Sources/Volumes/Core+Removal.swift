import Synchronization

/// Removals that their storage has not heard of yet.
extension Core {
    /// Keeps in view, to be removed later, a volume that nobody uses any more; answers whether that can
    /// be: storage of this host's own is not away, so it fails for good.
    ///
    /// A use that ended and whose storage still has to hear of it is none.
    func postponeRemoval(of volume: Volume) async throws -> Volume? {
        guard let driver = try? drivers[volume.driver], driver is any Surveying,
            shelf.withLock({ $0.references(to: volume) }).allSatisfy(isOver)
        else { return nil }
        var unwanted = volume
        unwanted.phase = .unwanted
        try await remember(unwanted)
        surroundings.step("remove.postponed")
        return unwanted
    }

    /// The volume, that somebody uses now, and that is therefore not removed later.
    func wanted(_ volume: Volume) async throws -> Volume {
        guard volume.phase == .unwanted else { return volume }
        var wanted = volume
        // Nobody has looked since whether a copy into it was cut short.
        wanted.phase = .populating
        try await remember(wanted)
        return wanted
    }

    /// Removes what was half made or half removed, unless its name has been given away since, or what
    /// nobody wanted, unless somebody does now. Answers whether the volume was in view until now.
    func finishRemoval(of volume: Volume) async throws -> Bool {
        let shown = shelf.withLock { $0[volume.name] }
        guard volume.phase != .unwanted else {
            guard let shown, shown.id == volume.id, shown.phase == .unwanted else { return false }
            try await sweep([remove(shown)])
            return true
        }
        if shown == nil { try await drivers[volume.driver].remove(volume) }
        try await sweep([volume])
        return false
    }

    /// Forgets a volume that nobody uses and whose storage does not do as told; answers whether it
    /// did: storage of this host's own is never given up.
    func giveUp(_ volume: Volume) async throws -> Bool {
        guard let driver = try? drivers[volume.driver], driver is any Surveying,
            shelf.withLock({ $0.references(to: volume) }).isEmpty
        else { return false }
        try await store.commit([.forget(volume: volume.id)])
        shelf.withLock { $0.drop(volume) }
        return true
    }
}
