public import Logging
import Synchronization

/// The engine's entrance: who may act on a volume and when, and what is announced afterwards.
///
/// One action at a time per volume; different volumes never wait for each other.
public final class VolumeManager: Sendable {
    let core: Core
    let turns = Turns<VolumeName>()
    let logger: Logger
    private let announce: @Sendable (VolumeEvent) -> Void
    let fillLevels = Mutex(FillLevels())
    private let unswept = Mutex<[Volume]>([])
    let unremoved = Mutex<[Volume]>([])
    private let bell = Bell()

    public init(
        store: any Store, drivers: Drivers, porter: (any Porter)? = nil,
        surroundings: Surroundings = Surroundings(), logger: Logger,
        announce: @escaping @Sendable (VolumeEvent) -> Void = { _ in }
    ) {
        core = Core(store: store, drivers: drivers, surroundings: surroundings, porter: porter)
        self.logger = logger
        self.announce = announce
    }

    // MARK: Life

    /// Puts right what a crash or a reboot left, before the first request; returns what a person
    /// should know, in sentences.
    public func recover(
        existing: Set<Owner>, running: Set<Owner>
    ) async throws -> [String] {
        let recovery = try await core.recover(existing: existing, running: running)
        unremoved.withLock { $0 = recovery.unremoved }
        core.later.ring()
        sweepLater(recovery.unswept)
        for line in recovery.report { logger.warning("recovered", metadata: ["what": "\(line)"]) }
        return recovery.report
    }

    /// Deletes removed volumes in the background until the task is cancelled; what is left then is
    /// deleted after the next start.
    public func run() async {
        await withTaskGroup { group in
            group.addTask { await self.sweepAsTold() }
            group.addTask { await self.finishLater() }
        }
    }

    private func sweepAsTold() async {
        for await _ in bell.rings {
            let volumes = unswept.withLock { unswept in
                defer { unswept = [] }
                return unswept
            }
            do {
                try await core.sweep(volumes)
            } catch {
                logger.warning("removed volumes not swept yet", metadata: ["reason": "\(error)"])
            }
        }
    }

    func sweepLater(_ volumes: [Volume]) {
        guard !volumes.isEmpty else { return }
        unswept.withLock { $0 += volumes }
        bell.ring()
    }

    // MARK: Questions

    public var drivers: Drivers { core.drivers }

    /// Changes whenever the answer of ``list()`` may have.
    public var generation: UInt64 { core.shelf.withLock { $0.generation } }

    /// All volumes, sorted by name.
    public func list() -> Listing {
        core.shelf.withLock { Listing(volumes: $0.all, generation: $0.generation) }
    }

    public func volume(_ name: String) throws(VolumeError) -> Volume {
        guard let known = try? VolumeName(name) else { throw .notFound(name) }
        return try core.volume(known)
    }

    /// The volume with everything that can be said about it.
    ///
    /// - Parameter walking: Whether its files are counted where the storage does not do so.
    public func inspect(_ name: String, walking: Bool) async throws -> VolumeDetails {
        let volume = try await recordedOrFound(name)
        // It may say where the volume is, so it comes first.
        let status = await status(of: volume, walking)
        return VolumeDetails(
            volume: volume, path: path(of: volume), scope: scope(of: volume), status: status)
    }

    /// A volume whose storage does not answer is shown all the same, with what it said instead.
    private func status(of volume: Volume, _ walking: Bool) async -> [String: String] {
        do {
            let reporting = try core.drivers[volume.driver] as? any Reporting
            return try await reporting?.status(of: volume, walking: walking) ?? [:]
        } catch {
            return ["Error": "\(error)"]
        }
    }

    /// How full volumes are, by id, as far as their storage can say in time.
    public func usage(of volumes: [Volume]) async -> [String: Usage] {
        await core.usage(of: volumes)
    }

    /// What local volumes were promised of their disk, if that can be said.
    public func commitment() async -> Commitment? { await core.commitment() }

    /// How full the volume is; a driver that can't say is refused in words.
    public func usage(of name: String) async throws -> (volume: Volume, usage: Usage) {
        let volume = try volume(name)
        let driver = try core.drivers[volume.driver]
        guard driver is any Measuring else {
            throw VolumeError.unsupported("say how full a volume is", driver: driver.name)
        }
        guard let usage = await core.usage(of: [volume])[volume.id] else {
            throw VolumeError.storage(
                action: "measure volume \(volume.name)",
                reason: "it could not be measured in time; see volume inspect, and try again")
        }
        return (volume, usage)
    }

    /// Who uses the volume, sorted by owner and place; empty for an unknown name.
    public func references(to name: String) -> [Reference] {
        guard let volume = try? volume(name) else { return [] }
        return core.shelf.withLock { $0.references(to: volume) }
            .sorted { ($0.owner.id, $0.destination) < ($1.owner.id, $1.destination) }
    }

    /// How many files of a volume that is being made were dealt with so far; nil if none is, or
    /// that can't be said.
    public func progress(ofMaking name: String) -> Int? {
        guard let name = try? VolumeName(name) else { return nil }
        return core.drivers.all.lazy.compactMap {
            ($0 as? any Progressing)?.progress(ofMaking: name)
        }.first
    }

    /// Where the volume's data is on this host; empty if its driver is not there.
    public func path(of volume: Volume) -> String {
        (try? core.drivers[volume.driver].path(of: volume)) ?? ""
    }

    public func scope(of volume: Volume) -> Scope {
        (try? core.drivers[volume.driver].scope) ?? .local
    }

    // MARK: Actions

    /// Makes a volume. One that exists is the answer if it is all that the request states, else
    /// refused.
    public func create(_ request: VolumeRequest) async throws -> Volume {
        let name = try request.name ?? VolumeName(core.surroundings.id())
        return try await turns.take(name) {
            if let existing = try? core.volume(name) {
                if let difference = request.difference(from: existing) {
                    throw VolumeError.differs(name, difference: difference)
                }
                try await core.confirm(existing)
                return try await core.wanted(existing)
            }
            return try await make(name, as: request)
        }
    }

    private func make(
        _ name: VolumeName, as request: VolumeRequest, usedBy user: (Owner, String)? = nil
    ) async throws -> Volume {
        let volume = try await core.create(name, as: request, usedBy: user)
        logger.info(
            "volume created", metadata: ["volume": "\(name)", "driver": "\(volume.driver)"])
        tell(.create, volume)
        return volume
    }

    /// Gives a volume another size, or room for another number of files; both hold when this
    /// returns.
    public func resize(
        _ name: String, size: SizeChange?, inodes: Int64?
    ) async throws -> Volume {
        let known = try volume(name).name
        return try await turns.take(known) {
            let volume = try await core.resize(core.volume(known), size: size, inodes: inodes)
            logger.info("volume resized", metadata: ["volume": "\(known)"])
            tell(.update, volume)
            return volume
        }
    }

    /// Removes a volume that nobody uses; with `force`, one that doesn't exist is no error.
    public func remove(_ name: String, force: Bool = false) async throws {
        guard let known = try? VolumeName(name) else {
            if force { return }
            throw VolumeError.notFound(name)
        }
        try await turns.take(known) {
            guard let volume = try await recorded(known) else {
                if force { return }
                throw VolumeError.notFound(name)
            }
            try await discard(volume, force: force)
        }
    }

    private func discard(_ volume: Volume, force: Bool = false) async throws {
        do {
            sweepLater([try await core.remove(volume)])
        } catch {
            guard force, try await core.giveUp(volume) else { throw error }
            logger.warning(
                "volume forgotten; its storage may still have it",
                metadata: ["volume": "\(volume.name)", "reason": "\(error)"])
        }
        tellRemoval(of: volume)
    }

    func tellRemoval(of volume: Volume) {
        logger.info("volume removed", metadata: ["volume": "\(volume.name)"])
        tell(.destroy, volume)
    }

    /// Removes every volume that `matches` and nobody uses; returns those that went.
    ///
    /// Storage that fails keeps no other's volumes from going; if nothing went at all, the first
    /// failure is thrown.
    public func prune(where matches: @Sendable (Volume) -> Bool) async throws -> [Volume] {
        var removed: [Volume] = []
        var failures: [(driver: String, reason: any Error)] = []
        for candidate in list().volumes where matches(candidate) {
            // Each further call would cost its deadline.
            guard !failures.contains(where: { $0.driver == candidate.driver }) else { continue }
            do {
                if try await prune(candidate) { removed.append(candidate) }
            } catch {
                failures.append((candidate.driver, error))
                logger.warning(
                    "volume not pruned",
                    metadata: ["volume": "\(candidate.name)", "reason": "\(error)"])
            }
        }
        if removed.isEmpty, let first = failures.first { throw first.reason }
        return removed
    }

    private func prune(_ candidate: Volume) async throws -> Bool {
        try await turns.take(candidate.name) {
            // It may have been removed, or made anew, since it was listed.
            guard let volume = try? core.volume(candidate.name), volume.id == candidate.id,
                references(to: volume.name.description).isEmpty
            else { return false }
            try await discard(volume)
            return true
        }
    }

    // MARK: Use by containers and other owners

    /// Records that `owner` uses the volume, which is made if there is none; one that exists is
    /// used as it is.
    public func use(
        _ request: VolumeRequest, by owner: Owner, at destination: String
    ) async throws -> Volume {
        let name = try request.name ?? VolumeName(core.surroundings.id())
        return try await turns.take(name) {
            let known = request.driver == nil ? try await recorded(name) : try? core.volume(name)
            guard let volume = known else {
                return try await make(name, as: request, usedBy: (owner, destination))
            }
            try await core.refer(volume, by: owner, at: destination)
            return volume
        }
    }

    /// Whether the volume is of a kind that is filled from images, and still empty.
    public func canPopulate(_ name: VolumeName) async throws -> Bool {
        try await turns.take(name) { try await core.canPopulate(core.volume(name)) }
    }

    /// Lets `copy` fill the volume at the given path if it is (still) empty: all or nothing, also
    /// over a crash.
    public func populate(
        _ name: VolumeName, with copy: (_ path: String) async throws -> Void
    ) async throws {
        try await turns.take(name) {
            try await core.populate(core.volume(name), with: copy)
        }
    }

    /// Makes the volume reachable for `owner`, who starts; the event says `attributes` as well.
    public func attach(
        _ name: VolumeName, for owner: Owner, at destination: String,
        noting attributes: [String: String] = [:]
    ) async throws -> Mount {
        try await turns.take(name) {
            let volume = try core.volume(name)
            let mount = try await core.attach(volume, for: owner, at: destination)
            tell(.mount, volume, owner, destination, attributes)
            return mount
        }
    }

    /// How a volume is mounted that `owner` has attached already.
    public func mount(
        of name: VolumeName, for owner: Owner, at destination: String
    ) async throws -> Mount {
        try await turns.take(name) {
            try await core.attach(core.volume(name), for: owner, at: destination)
        }
    }

    /// `owner` has ended; it still uses the volume.
    public func detach(
        _ name: VolumeName, from owner: Owner, at destination: String
    ) async throws {
        try await turns.take(name) {
            let volume = try core.volume(name)
            try await core.detach(volume, from: owner, at: destination)
            tell(.unmount, volume, owner, destination)
        }
    }

    /// `owner` is gone, and uses nothing any more.
    public func release(_ owner: Owner) async throws {
        for (name, reference) in core.shelf.withLock({ $0.references(of: owner) }) {
            try await turns.take(name) {
                guard let volume = try? core.volume(name), volume.id == reference.volume else {
                    return
                }
                try await core.release(reference, to: volume)
            }
        }
    }

    func tell(
        _ action: VolumeEvent.Action, _ volume: Volume, _ owner: Owner? = nil,
        _ destination: String? = nil, _ attributes: [String: String] = [:]
    ) {
        announce(
            VolumeEvent(
                action: action, volume: volume.name, driver: volume.driver, owner: owner,
                destination: destination, attributes: attributes,
                time: core.surroundings.now()))
    }
}
