import Synchronization

/// A limit that a container puts on a volume for as long as it exists.
public struct Confinement: Hashable, Sendable {
    /// Who limits it: a container.
    public let owner: Owner
    public let size: ByteCount
    /// The project that the volume is counted in together with other things of the owner's; nil if
    /// it is counted by itself.
    public let project: UInt32?

    public init(owner: Owner, size: ByteCount, project: UInt32?) {
        self.owner = owner
        self.size = size
        self.project = project
    }
}

/// Whether a container can put a limit on a volume.
public enum Confinability: Hashable, Sendable {
    case possible
    /// The volume has a limit of its own, which counts more.
    case needless
    /// Why not, and what could be done, as a sentence part.
    case impossible(String)
}

/// Storage whose volumes containers can limit.
public protocol Confining: Driver {
    /// Whether `owner` can limit the volume, by itself or together with other things; a volume in
    /// phase `creating` is only wished for.
    func confinability(
        of volume: Volume, for owner: Owner, isShared: Bool
    ) async throws -> Confinability

    /// What to remember, from before the limit is made.
    func confined(_ volume: Volume, by confinement: Confinement) -> [String: String]

    /// Makes the limit hold that the volume's handle remembers, or throws; then `unconfine` follows.
    func confine(_ volume: Volume) async throws

    /// Takes the limit away that a container put on the volume, as far as it was made; returns what
    /// to remember.
    func unconfine(_ volume: Volume) async throws -> [String: String]

    /// The id of the container that limits the volume, if one does.
    func confiner(of volume: Volume) -> String?
}

extension VolumeManager {
    /// Whether `owner` can limit the volume that is asked for, which need not exist yet.
    public func confinability(
        of request: VolumeRequest, for owner: Owner, isShared: Bool
    ) async throws -> Confinability {
        if let name = request.name, let known = try? core.volume(name) {
            return try await core.confinability(of: known, for: owner, isShared)
        }
        let driver = try await core.drivers.find(request.driver ?? Drivers.default)
        let wished = Volume(
            id: "", name: try request.name ?? VolumeName("wished"), driver: driver.name,
            options: request.options, createdAt: core.surroundings.now())
        return try await core.confinability(of: wished, for: owner, isShared)
    }

    /// Limits a volume that its owner uses, for as long as the owner exists.
    public func confine(_ name: VolumeName, by confinement: Confinement) async throws {
        try await turns.take(name) {
            try await core.confine(core.volume(name), by: confinement)
        }
    }

    /// Takes away what ``confine(_:by:)`` did for the owner, if it did.
    public func unconfine(_ name: VolumeName, from owner: Owner) async throws {
        try await turns.take(name) {
            guard let volume = try? core.volume(name) else { return }
            try await core.unconfine(volume, from: owner)
        }
    }
}

extension Core {
    fileprivate func confinability(
        of volume: Volume, for owner: Owner, _ isShared: Bool
    ) async throws -> Confinability {
        let driver = try drivers[volume.driver]
        if let driver = driver as? any Confining {
            return try await driver.confinability(of: volume, for: owner, isShared: isShared)
        }
        // Memory and images of a cluster's always have a size.
        if driver is any Sizing { return .needless }
        return .impossible("driver \"\(driver.name)\" has no limits for containers to give")
    }

    /// The record comes first: what a crash leaves of the limit is taken away with the container.
    fileprivate func confine(_ volume: Volume, by confinement: Confinement) async throws {
        var volume = try await readied(volume)
        switch try await confinability(
            of: volume, for: confinement.owner, confinement.project != nil)
        {
        case .possible: break
        case .needless: return
        case .impossible(let reason):
            throw VolumeError.storage(action: "limit volume \(volume.name)", reason: reason)
        }
        guard let driver = try drivers[volume.driver] as? any Confining else { return }
        let others = shelf.withLock { $0.references(to: volume) }
            .filter { $0.isAttached && $0.owner != confinement.owner }
        guard others.isEmpty || confinement.project == nil else {
            throw VolumeError.busy(
                volume.name,
                with: "container \(others[0].owner), so its files can't be counted elsewhere "
                    + "(limit it by itself)")
        }
        volume.handle = driver.confined(volume, by: confinement)
        try await remember(volume)
        surroundings.step("confine.recorded")
        try await driver.confine(volume)
        surroundings.step("confine.made")
    }

    fileprivate func unconfine(_ volume: Volume, from owner: Owner) async throws {
        guard let driver = try drivers[volume.driver] as? any Confining,
            driver.confiner(of: volume) == owner.id
        else { return }
        var volume = try await readied(volume)
        volume.handle = try await driver.unconfine(volume)
        surroundings.step("unconfine.made")
        try await remember(volume)
    }
}
