import Synchronization

/// What start-up makes of everything that a crash or a reboot cut short.
extension Core {
    /// What recovery found: sentences for people, and volumes whose removal is still to be swept.
    struct Recovery {
        var report: [String] = []
        var unswept: [Volume] = []
        /// What storage that may be away still has to hear: it is told later, so that start-up
        /// never waits for it.
        var unremoved: [Volume] = []
    }

    /// Reads the store and finishes or undoes what was cut short, volume by volume: one that can't
    /// be put right is reported and keeps no other from it.
    ///
    /// Only containers are told from `existing` and `running`; owners behind other doors are their
    /// doors' to reconcile.
    func recover(existing: Set<Owner>, running: Set<Owner>) async throws -> Recovery {
        let memory = try await store.load()
        var recovery = Recovery()
        let names = Set(memory.volumes.filter { $0.phase != .removing }.map(\.name))
        for name in Set(memory.volumes.map(\.driver)) { drivers.expect(name) }
        for volume in memory.volumes {
            await settle(volume, isSucceeded: names.contains(volume.name), &recovery)
        }
        await reconcile(memory.references, existing: existing, running: running, &recovery)
        await recoverDrivers(&recovery)
        await recoverImports(&recovery)
        return recovery
    }

    /// `isSucceeded` tells that a volume which is not being removed has the name.
    private func settle(
        _ volume: Volume, isSucceeded: Bool, _ recovery: inout Recovery
    ) async {
        do {
            switch volume.phase {
            case .ready, .importing, .swapping:
                shelf.withLock { $0.put(volume) }
            case .unwanted:
                shelf.withLock { $0.put(volume) }
                recovery.unremoved.append(volume)
            case .populating where (try drivers[volume.driver]) is any Surveying:
                shelf.withLock { $0.put(volume) }
            case .populating:
                // On the shelf first: what can't be emptied now is tried again at its next use.
                shelf.withLock { $0.put(volume) }
                _ = try await readied(volume)
                recovery.report.append("volume \(volume.name): emptied what was half copied")
            case .removing where isSucceeded:
                // Its name was given away, so it is out of reach: what is there now is another's.
                recovery.unswept.append(volume)
            case .creating, .removing:
                var removing = volume
                removing.phase = .removing
                try await store.commit([.save(removing)])
                let driver = try drivers[volume.driver]
                guard !(driver is any Surveying) else {
                    return recovery.unremoved.append(removing)
                }
                try await driver.remove(removing)
                recovery.unswept.append(removing)
            }
        } catch {
            recovery.report.append("volume \(volume.name) (\(volume.phase)): \(error)")
        }
    }

    /// Drops the references of containers that are gone, detaches those of containers that ended.
    private func reconcile(
        _ references: [Reference], existing: Set<Owner>, running: Set<Owner>,
        _ recovery: inout Recovery
    ) async {
        let volumes = Dictionary(
            shelf.withLock { $0.all }.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let known = references.compactMap { reference in
            volumes[reference.volume].map { (reference, $0) }
        }
        shelf.withLock { shelf in known.forEach { shelf.put($0, to: $1) } }
        for (reference, volume) in known where reference.owner.isOurs {
            let isGone = !existing.contains(reference.owner)
            guard isGone || !running.contains(reference.owner) else { continue }
            if reference.isAttached, (try? drivers[volume.driver]) is any Surveying {
                noteUnfinished(reference, of: volume, isGone: isGone)
                continue
            }
            do {
                if isGone {
                    try await release(reference, to: volume)
                } else {
                    try await detach(volume, from: reference.owner, at: reference.destination)
                }
            } catch {
                recovery.report.append("volume \(volume.name): detach \(reference.owner): \(error)")
            }
        }
    }

    private func recoverDrivers(_ recovery: inout Recovery) async {
        let (all, attached) = shelf.withLock { shelf in
            let all = shelf.all
            let attached = all.filter { shelf.references(to: $0).contains(where: \.isAttached) }
            return (all, Set(attached.map(\.id)))
        }
        let byDriver = Dictionary(grouping: all, by: \.driver)
        let reports = await withTaskGroup(of: [String].self) { group in
            for driver in drivers.all {
                group.addTask {
                    do {
                        return try await driver.recover(
                            byDriver[driver.name] ?? [], attached: attached)
                    } catch {
                        return ["driver \(driver.name): \(error)"]
                    }
                }
            }
            return await group.reduce(into: []) { $0.append(contentsOf: $1) }
        }
        recovery.report.append(contentsOf: reports.sorted())
        for volume in all where (try? drivers[volume.driver]) == nil {
            recovery.report.append(
                "volume \(volume.name): this pouchd has no driver \"\(volume.driver)\"")
        }
    }
}
