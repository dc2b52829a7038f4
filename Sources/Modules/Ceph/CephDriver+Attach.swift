import Linux
import Logging
import Synchronization
public import Volumes

extension CephDriver {
    public func attach(_ volume: Volume, for reference: Reference) async throws -> Attachment {
        try await reach(volume)
        return Attachment(mount: .bind(path(of: volume)), handle: volume.handle)
    }

    public func detach(_ volume: Volume, from reference: Reference, isLast: Bool) async throws {
        guard isLast else { return }
        try await takeDown(volume)
    }

    /// Has the volume's path show its data: takes the image for this host, unless it has it.
    public func reach(_ volume: Volume) async throws {
        let mapping = mapping(of: volume)
        let place = try place(of: volume)
        let isWhole = try await local("look at \(mapping.mountPoint)", mapping) {
            try mapping.isWhole
        }
        if isWhole, try await isHeld(volume, place) { return }
        try await takeDown(volume)
        let takesOver = try options(of: volume).takesOverByItself
        let id = try await ask("take \(place)", place, seconds: 60) { [self] pool, _ in
            try holding(volume, place, pool).take(force: takesOver)
        }
        hold(Hold(volume: volume, place: place, image: id))
        do {
            if !place.isReadOnly { try await finishRollBack(of: place) }
            try await map(volume, place, id, mapping)
            try await mount(volume, place, mapping)
        } catch {
            // What fails here too is put right by the next attach or the next start.
            try? await takeDown(volume)
            throw error
        }
    }

    func hold(_ hold: Hold) {
        held.withLock { $0[hold.volume.id] = hold }
        leased.ring()
    }

    func holding(_ volume: Volume, _ place: CephPlace, _ pool: CephPool) throws -> CephHolding {
        CephHolding(volume: volume, place: place, pool: pool, host: try host())
    }

    /// Does something on this host, within some seconds.
    func local<Answer: Sendable>(
        _ action: String, _ mapping: CephMapping, _ body: @escaping @Sendable () throws -> Answer
    ) async throws -> Answer {
        try await calls.run(action, on: mapping.directory, body)
    }

    /// Whether the image that is mounted here is still this host's.
    func isHeld(_ volume: Volume, _ place: CephPlace) async throws -> Bool {
        if let hold = held.withLock({ $0[volume.id] }) {
            guard let other = hold.lostTo else { return true }
            throw VolumeError.heldElsewhere(volume.name, by: other)
        }
        try await retake(volume, place)
        return true
    }

    /// Takes the lease again of an image that an earlier run of this daemon mapped.
    func retake(_ volume: Volume, _ place: CephPlace) async throws {
        let id = try await ask("renew the lease of \(place)", place) { [self] pool, _ in
            let holding = try holding(volume, place, pool)
            let id = try holding.knownID()
            try holding.renew(id)
            return id
        }
        hold(Hold(volume: volume, place: place, image: id))
    }

    private func finishRollBack(of place: CephPlace) async throws {
        try await ask("finish the roll back of \(place)", place, seconds: 120) { pool, pulse in
            let isUnderWay =
                try pool.image(place.image, readOnly: true)
                .metadata(CephKey.rollingBack) != nil
            guard isUnderWay else { return }
            try Self.finishRollBack(of: pool.image(place.image, readOnly: false), pulse)
        }
    }

    private func map(
        _ volume: Volume, _ place: CephPlace, _ id: String, _ mapping: CephMapping
    ) async throws {
        let asked = try options(of: volume).mapper
        let (choice, access) = try await ask("choose how to map \(place)", place, seconds: 60) {
            pool, _ in
            let features = try pool.image(place.image, readOnly: true).features
            let choice = try MapperChoice(asked: asked, features: features)
            return (choice, try choice.mapper.accessNeeded(to: pool.cluster))
        }
        try await local("map \(place)", mapping) {
            try mapping.make(for: choice)
            try choice.mapper.map(place, access, in: mapping.directory)
        }
        step("ceph.mapped")
        try await ask("note who has \(place)", place) { [self] pool, _ in
            try holding(volume, place, pool).confirm(id)
        }
    }

    private func mount(
        _ volume: Volume, _ place: CephPlace, _ mapping: CephMapping
    ) async throws {
        let options = try self.options(of: volume)
        guard !place.isReadOnly else {
            try await mountReadOnly(volume, place, options, mapping)
            return try await checkRoot(volume)
        }
        let preparation = try await ask("look into \(place)", place, seconds: 120) { pool, _ in
            try CephPreparation(of: volume, at: place, in: pool)
        }
        let device = try await local("make a device of \(place)", mapping) {
            try mapping.mapper().device(in: mapping.directory, named: mapping.label)
        }
        let isClone = volume.handle["base"] != nil
        switch preparation {
        case .check(let filesystem):
            try await filesystem.check(on: device.path)
            try await mount(device, filesystem, options, mapping, isClone: isClone)
        case .grow(let filesystem):
            try await filesystem.growUnmounted(on: device.path)
            try await mount(device, filesystem, options, mapping, isClone: isClone)
            if filesystem != .ext4 {
                try await filesystem.grow(on: device.path, mountedAt: mapping.mountPoint)
            }
            try await ask("note the size of \(place)", place) { pool, _ in
                try pool.image(place.image, readOnly: false).removeMetadata(CephKey.growing)
            }
        case .make(let filesystem, let uuid):
            try await filesystem.make(on: device.path, uuid: uuid, options: options.makeOptions)
            step("ceph.formatted")
            try await mount(device, filesystem, options, mapping, isClone: isClone)
            try await local("make the root of \(place)", mapping) {
                let top = try OpenFile(mapping.mountPoint, for: .directory)
                do throws(SystemError) {
                    try top.makeDirectory("data")
                } catch {
                    guard error.isTaken else { throw error }
                }
                try top.syncFilesystem()
            }
            try await ask("note the filesystem of \(place)", place) { pool, _ in
                try CephPreparation.finish(filesystem, at: place, in: pool)
            }
        }
        try await checkRoot(volume)
    }

    private func mount(
        _ device: MappedDevice, _ filesystem: CephFilesystem, _ options: CephOptions,
        _ mapping: CephMapping, isClone: Bool
    ) async throws {
        try await local("mount \(mapping.mountPoint)", mapping) {
            try mapping.mount(device, filesystem, options.mountOptions, isClone: isClone)
        }
    }

    /// Changes nothing in it: no check, no journal.
    private func mountReadOnly(
        _ volume: Volume, _ place: CephPlace, _ options: CephOptions, _ mapping: CephMapping
    ) async throws {
        let found = try await ask("look into \(place)", place) { pool, _ in
            let image = try pool.image(place.image, readOnly: true)
            guard try image.metadata(CephKey.rollingBack) == nil else {
                throw VolumeError.unavailable(
                    volume.name, expected: "image \(place) as it was or is",
                    found: "a roll back that was cut short, which ends when it is attached for "
                        + "writing")
            }
            return try FilesystemSignature(of: image)
        }
        guard let filesystem = found?.filesystem else {
            throw VolumeError.unavailable(
                volume.name, expected: "a filesystem in image \(place)", found: "none")
        }
        let device = try await local("make a device of \(place)", mapping) {
            try mapping.mapper().device(in: mapping.directory, named: mapping.label)
        }
        do {
            try await local("mount \(mapping.mountPoint)", mapping) {
                try mapping.mount(
                    device, filesystem, options.mountOptions, isClone: true, isReadOnly: true)
            }
        } catch VolumeError.storage(let action, let reason) {
            throw VolumeError.storage(
                action: action,
                reason:
                    "\(reason); if what wrote to it ended uncleanly, have it attached for writing "
                    + "once, which puts it right")
        }
    }

    /// Missing is not empty: a root that went away is not made again.
    private func checkRoot(_ volume: Volume) async throws {
        let path = path(of: volume)
        let status = try await local("look at \(path)", mapping(of: volume)) {
            do throws(SystemError) { return try FileStatus(of: path) as FileStatus? } catch {
                guard error.isMissing else { throw error }
                return nil
            }
        }
        guard status?.kind != .directory else { return }
        throw VolumeError.unavailable(
            volume.name, expected: "a directory data in the image's root", found: "none")
    }

    /// Unmounts and unmaps, then lets others have the image.
    func takeDown(_ volume: Volume) async throws {
        let mapping = mapping(of: volume)
        let isClean = try await local("unmount \(mapping.mountPoint)", mapping) {
            try mapping.takeDown()
        }
        await letGo(of: volume, isClean: isClean)
    }

    /// Lets others have the image, if we have it.
    func letGo(of volume: Volume, isClean: Bool) async {
        guard let hold = held.withLock({ $0.removeValue(forKey: volume.id) }), hold.lostTo == nil
        else { return }
        do {
            try await ask("release \(hold.place)", hold.place) { [self] pool, _ in
                try holding(volume, hold.place, pool).release(hold.image, clean: isClean)
            }
        } catch {
            // It lapses by itself, and is ours to take again.
            logger.warning(
                "lease not released", metadata: ["volume": "\(volume.name)", "reason": "\(error)"])
        }
    }
}
