import Synchronization

/// What each action does: store and driver, in an order that a crash anywhere leaves repairable.
///
/// Callers hold the volume's turn. See ``recover(existing:running:)`` for what start-up makes of
/// an action that was cut short.
final class Core: Sendable {
    let store: any Store
    let drivers: Drivers
    let surroundings: Surroundings
    let shelf = Mutex(Shelf())
    /// Nil where nothing is imported or exported.
    let porter: (any Porter)?
    /// The volumes that an archive is being unpacked into, by id.
    let importing = Mutex<Set<String>>([])
    /// Uses that are recorded as attached and whose storage still has to hear that they ended.
    let unfinished = Mutex<[Reference: Unfinished]>([:])
    /// Rings when storage has something to hear later.
    let later = Bell()

    init(
        store: any Store, drivers: Drivers, surroundings: Surroundings, porter: (any Porter)? = nil
    ) {
        self.porter = porter
        self.store = store
        self.drivers = drivers
        self.surroundings = surroundings
    }

    func volume(_ name: VolumeName) throws(VolumeError) -> Volume {
        guard let volume = shelf.withLock({ $0[name] }) else {
            throw .notFound(name.description)
        }
        return volume
    }

    // MARK: Create

    /// Makes a volume that does not exist yet, together with its first reference if it has one.
    func create(
        _ name: VolumeName, as request: VolumeRequest, usedBy user: (Owner, String)? = nil
    ) async throws -> Volume {
        let driver = try await drivers.find(request.driver ?? Drivers.default)
        try check(request.options ?? [:], against: driver)
        if let driver = driver as? any Surveying,
            let volume = try await takeOver(name, as: request, from: driver, usedBy: user)
        {
            return volume
        }
        var volume = Volume(
            id: surroundings.id(), name: name, driver: driver.name, options: request.options,
            labels: request.labels, createdAt: surroundings.now())
        if let driver = driver as? any Sharing,
            let joined = try await join(volume, as: request, by: driver, usedBy: user)
        {
            return joined
        }
        volume.claim = try await driver.claim(for: volume)
        let claim = volume.claim
        try shelf.withLock { shelf throws(VolumeError) in try shelf.take(claim: claim, for: name) }
        do {
            volume.handle = try await make(volume, by: driver)
            volume.phase = .ready
            return try await record(volume, madeBy: driver, usedBy: user)
        } catch {
            shelf.withLock { $0.release(claim: claim) }
            throw error
        }
    }

    private func check(_ options: [String: String], against driver: any Driver) throws(VolumeError)
    {
        guard !driver.takesAnyOption else { return }
        let known = driver.options.map(\.name)
        for option in options.keys.sorted() where !known.contains(option) {
            throw .unknownOption(option, driver: driver.name, known: known)
        }
    }

    private func make(_ volume: Volume, by driver: any Driver) async throws -> [String: String] {
        guard driver.needsIntent else {
            defer { surroundings.step("create.made") }
            return try await driver.create(volume)
        }
        try await store.commit([.save(volume)])
        surroundings.step("create.intended")
        do {
            defer { surroundings.step("create.made") }
            return try await driver.create(volume)
        } catch {
            // Failing here too leaves it to recovery, which finds the intent.
            try? await store.commit([.forget(volume: volume.id)])
            throw error
        }
    }

    private func record(
        _ volume: Volume, madeBy driver: any Driver, usedBy user: (Owner, String)?
    ) async throws -> Volume {
        let reference = user.map { Reference(volume: volume.id, owner: $0.0, destination: $0.1) }
        do {
            try await store.commit([.save(volume)] + (reference.map { [.refer($0)] } ?? []))
        } catch {
            await discard(volume, by: driver)
            throw error
        }
        surroundings.step("create.recorded")
        drivers.expect(volume.driver)
        shelf.withLock { shelf in
            shelf.put(volume)
            if let reference { shelf.put(reference, to: volume) }
        }
        return volume
    }

    /// Undoes a create whose record failed; what fails here too is found by recovery.
    private func discard(_ volume: Volume, by driver: any Driver) async {
        do {
            try await driver.remove(volume)
            _ = await driver.sweep([volume])
        } catch {}
    }

    // MARK: Remove

    /// Takes a volume that nobody uses out of reach; `sweep` deletes it.
    func remove(_ volume: Volume) async throws -> Volume {
        let owners = shelf.withLock { $0.owners(of: volume) }
        guard owners.isEmpty else { throw VolumeError.inUse(volume.name, by: owners) }
        let driver = try drivers[volume.driver]
        var removing = volume
        removing.phase = .removing
        try await store.commit([.save(removing)])
        surroundings.step("remove.marked")
        do {
            try await driver.remove(removing)
        } catch {
            try? await store.commit([.save(volume)])
            throw error
        }
        surroundings.step("remove.setAside")
        shelf.withLock { $0.drop(volume) }
        return removing
    }

    /// Deletes what `remove` set aside and forgets it; what can't be deleted stays for next time.
    func sweep(_ volumes: [Volume]) async throws {
        for (name, ours) in Dictionary(grouping: volumes, by: \.driver) {
            let gone = try await drivers[name].sweep(ours)
            surroundings.step("remove.swept")
            try await store.commit(gone.sorted().map { .forget(volume: $0) })
        }
    }

    // MARK: Use

    /// Records that `owner` uses the volume, whether it runs or not.
    func refer(_ volume: Volume, by owner: Owner, at destination: String) async throws {
        guard shelf.withLock({ $0.reference(to: volume, by: owner, at: destination) }) == nil
        else { return }
        try await remember(
            Reference(volume: volume.id, owner: owner, destination: destination), to: volume)
        _ = try await wanted(volume)
    }

    /// Makes the volume reachable for a reference that becomes, and stays, recorded as attached.
    func attach(_ volume: Volume, for owner: Owner, at destination: String) async throws -> Mount {
        try refuseDuringImport(volume)
        let volume = try await readied(wanted(volume))
        let driver = try drivers[volume.driver]
        var before = shelf.withLock { $0.reference(to: volume, by: owner, at: destination) }
        let reference = Reference(
            volume: volume.id, owner: owner, destination: destination, isAttached: true)
        if await finishDetach(of: reference, from: volume, by: driver) {
            before?.isAttached = false
        }
        try await remember(reference, to: volume)
        surroundings.step("attach.recorded")
        do {
            let attachment = try await driver.attach(volume, for: reference)
            surroundings.step("attach.made")
            try await remember(attachment.handle, of: volume)
            surroundings.step("attach.remembered")
            try await finishImport(into: volume, at: attachment.mount.source)
            return attachment.mount
        } catch {
            await undoAttach(of: reference, to: volume, by: driver, before: before)
            throw error
        }
    }

    private func undoAttach(
        of reference: Reference, to volume: Volume, by driver: any Driver, before: Reference?
    ) async {
        // Whatever fails here leaves a reference too many, never one too few.
        guard before?.isAttached != true else { return }
        do {
            try await driver.detach(volume, from: reference, isLast: isLast(reference, of: volume))
            guard let before else { return try await forget(reference, to: volume) }
            try await remember(before, to: volume)
        } catch {
            guard driver is any Surveying else { return }
            noteUnfinished(reference, of: volume, isGone: before == nil)
        }
    }

    /// Undoes `attach`; the reference stays. Storage that missed the end of the use already is
    /// told of it later: nobody waits for it twice.
    func detach(_ volume: Volume, from owner: Owner, at destination: String) async throws {
        let known = shelf.withLock { $0.reference(to: volume, by: owner, at: destination) }
        guard let known, !isUnfinished(known) else { return }
        try await end(known, of: volume)
    }

    /// Tells the storage that a use has ended, and then remembers it.
    func end(_ reference: Reference, of volume: Volume) async throws {
        guard reference.isAttached else { return }
        var reference = reference
        try await tell(reference, of: volume)
        surroundings.step("detach.made")
        reference.isAttached = false
        try await remember(reference, to: volume)
        surroundings.step("detach.recorded")
    }

    /// Tells the storage that a use has ended. What is away, and can be told later, will be.
    private func tell(_ reference: Reference, of volume: Volume) async throws {
        let driver = try drivers[volume.driver]
        do {
            try await driver.detach(volume, from: reference, isLast: isLast(reference, of: volume))
            unfinished.withLock { _ = $0.removeValue(forKey: reference) }
        } catch {
            if driver is any Surveying { noteUnfinished(reference, of: volume, isGone: false) }
            throw error
        }
    }

    /// Forgets the reference, after detaching it if need be.
    func release(_ reference: Reference, to volume: Volume) async throws {
        // Its owner goes all the same; the reference stays until the storage has been told.
        guard !letGo(reference, of: volume) else { return }
        do {
            try await detach(volume, from: reference.owner, at: reference.destination)
        } catch {
            guard letGo(reference, of: volume) else { throw error }
            return
        }
        try await forget(reference, to: volume)
        surroundings.step("release.recorded")
    }

    func isLast(_ reference: Reference, of volume: Volume) -> Bool {
        shelf.withLock { shelf in
            !shelf.references(to: volume).contains { other in
                other.isAttached
                    && (other.owner != reference.owner
                        || other.destination != reference.destination)
            }
        }
    }

    func remember(_ reference: Reference, to volume: Volume) async throws {
        try await store.commit([.refer(reference)])
        shelf.withLock { $0.put(reference, to: volume) }
    }

    func forget(_ reference: Reference, to volume: Volume) async throws {
        try await store.commit([.release(reference)])
        shelf.withLock { $0.drop(reference, to: volume) }
    }

    private func remember(_ handle: [String: String], of volume: Volume) async throws {
        guard handle != volume.handle else { return }
        var changed = volume
        changed.handle = handle
        try await remember(changed)
    }

    func remember(_ volume: Volume) async throws {
        try await store.commit([.save(volume)])
        shelf.withLock { $0.put(volume) }
    }

    // MARK: Populate

    /// Whether the volume is of a kind that is filled from images, and still empty, as far as can be
    /// told before it is attached.
    func canPopulate(_ volume: Volume) async throws -> Bool {
        let driver = try drivers[volume.driver]
        if driver is any Surveying { return true }
        guard let driver = driver as? any Populating,
            ![.importing, .swapping].contains(volume.phase)
        else { return false }
        let volume = try await readied(volume)
        return try await reaching(volume) { try await driver.isEmpty(volume) }
    }

    /// Lets `body` act on what is at the volume's path, also while nobody has it attached.
    func reaching<Answer>(
        _ volume: Volume, _ body: () async throws -> sending Answer
    ) async throws -> sending Answer {
        guard let driver = try drivers[volume.driver] as? any Reaching else {
            return try await body()
        }
        try await driver.reach(volume)
        let result: Answer
        do {
            result = try await body()
        } catch {
            try? await leave(volume, by: driver)
            throw error
        }
        try await leave(volume, by: driver)
        return result
    }

    /// What can't be left now is left by the last detach, or by recovery.
    private func leave(_ volume: Volume, by driver: any Reaching) async throws {
        let isAttached = shelf.withLock { shelf in
            shelf.references(to: volume).contains(where: \.isAttached)
        }
        if !isAttached { try await driver.leave(volume) }
    }

    /// Fills an empty volume: all or nothing, also over a crash.
    func populate(
        _ volume: Volume, with copy: (_ path: String) async throws -> Void
    ) async throws {
        let volume = try await readied(volume)
        let driver = try drivers[volume.driver]
        if driver is any Surveying { return try await fillAttached(volume, with: copy) }
        guard let driver = driver as? any Populating else { return }
        try await reaching(volume) { try await fill(volume, by: driver, with: copy) }
    }

    private func fill(
        _ volume: Volume, by driver: any Populating,
        with copy: (_ path: String) async throws -> Void
    ) async throws {
        guard try await driver.isEmpty(volume) else { return }
        // Someone who runs may write meanwhile; then what is in the volume is no longer only ours,
        // and undoing could delete it. So it is filled without the safety of the mark.
        let isOurs = shelf.withLock { shelf in
            !shelf.references(to: volume).contains(where: \.isAttached)
        }
        guard isOurs, driver.mayEmpty(volume) else {
            return try await copy(driver.path(of: volume))
        }
        var populating = volume
        populating.phase = .populating
        try await remember(populating)
        surroundings.step("populate.marked")
        var filled = volume
        do {
            try await copy(driver.path(of: volume))
            surroundings.step("populate.copied")
            filled.handle = try await driver.settle(volume)
        } catch {
            try await driver.empty(volume)
            try await remember(volume)
            throw error
        }
        try await remember(filled)
        surroundings.step("populate.recorded")
    }

    /// The volume without what a copy that was cut short left in it; what can't be seen before it
    /// is attached is put right then.
    ///
    /// The turn is ours, so nobody is copying: the phase can only be a left-over.
    func readied(_ volume: Volume) async throws -> Volume {
        guard volume.phase == .populating else { return volume }
        let driver = try drivers[volume.driver]
        if driver is any Surveying { return volume }
        if let driver = driver as? any Populating {
            try await reaching(volume) { try await driver.empty(volume) }
        }
        var ready = volume
        ready.phase = .ready
        try await remember(ready)
        return ready
    }
}
