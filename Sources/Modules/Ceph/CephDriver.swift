import FoundationEssentials
import Linux
public import Logging
import Synchronization
public import Volumes

/// Images in a Ceph cluster, one per volume, which any host that reaches the cluster can use: one
/// host at a time.
///
/// What holds while a volume is attached: this host has the image's lease (``CephLease``), and the
/// only client that has the image open is the one that the lease's note names.
public final class CephDriver: Driver {
    public let name = "ceph"
    public let scope = Scope.global
    public var options: [DriverOption] { CephOptions.known }
    public let needsIntent = true

    /// An image that this host has.
    struct Hold: Sendable {
        let volume: Volume
        let place: CephPlace
        /// The image's id.
        let image: String
        /// Who has it instead, once it was lost.
        var lostTo: String?
    }

    /// What was found out about an image in a pool; it stays as long as the image has that name.
    struct Seen: Sendable {
        let image: String
        /// Nil if it was made for no volume.
        let volume: Volume?
    }

    /// What volumes have on this host while they are attached, by the beginnings of their ids.
    let directory: String
    private let identityFile: String
    let settings: CephSettings
    let calls: StorageCalls
    let clusters = CephClusters()
    let held = Mutex<[String: Hold]>([:])
    /// What the last list of each cluster found, by the ids of images.
    let seen = Mutex<[String: [String: Seen]]>([:])
    /// Rings when something is held, whose lease is to be renewed.
    let leased = Bell()
    private let identity = Mutex<HostIdentity?>(nil)
    let logger: Logger
    /// Told where a test may have the daemon die.
    let step: @Sendable (String) -> Void

    /// - Parameters:
    ///   - directory: For what volumes have while they are attached, and nothing else; made when
    ///     needed. A reboot may take it.
    ///   - identity: The file that keeps who this host is; made when needed. Must last.
    ///   - settings: What the configuration file says.
    ///   - patience: How many seconds storage of this host may take to answer.
    ///   - step: Called with the name of each step that a machine may stop after.
    public init(
        directory: String, identity: String, settings: CephSettings = .none, logger: Logger,
        patience: Int = 60, step: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.step = step
        self.directory = GivenPath.canonical(directory)
        self.settings = settings
        identityFile = identity
        self.logger = logger
        calls = StorageCalls(seconds: patience)
    }

    /// Blocks.
    func host() throws -> HostIdentity {
        if let known = identity.withLock(\.self) { return known }
        let host = try HostIdentity(keptAt: identityFile)
        identity.withLock { $0 = host }
        return host
    }

    public func path(of volume: Volume) -> String {
        let mountPoint = mapping(of: volume).mountPoint
        let isForeign = volume.handle["root"] ?? "data" == ""
        return isForeign ? mountPoint : mountPoint + "/data"
    }

    func mapping(of volume: Volume) -> CephMapping {
        CephMapping(of: volume, below: directory)
    }

    /// What the volume was asked to be, and what holds where it was asked nothing.
    func options(of volume: Volume) throws(VolumeError) -> CephOptions {
        try settings.options(volume.options ?? [:], handle: volume.handle)
    }

    func place(of volume: Volume) throws -> CephPlace {
        place(of: volume, try options(of: volume))
    }

    func place(of volume: Volume, _ options: CephOptions) -> CephPlace {
        CephPlace(
            options,
            image: volume.handle["image"] ?? options.image ?? volume.name.description)
    }

    /// Asks the cluster, within some seconds.
    func ask<Answer: Sendable>(
        _ action: String, _ place: CephPlace, seconds: Int = 40,
        _ body: @escaping @Sendable (CephPool, Pulse) throws -> Answer
    ) async throws -> Answer {
        try await calls.run(action, on: place.key, stalledFor: seconds) { [self] pulse in
            do {
                return try body(clusters.pool(of: place), pulse)
            } catch let error as SystemError where error.isFenced {
                clusters.forget(place)
                throw error
            }
        }
    }

    // MARK: Create

    public func claim(for volume: Volume) async throws -> String? {
        let options = try self.options(of: volume)
        let place = place(of: volume, options)
        return try await ask("look for \(place)", place) { pool, _ in
            _ = try MapperChoice(asked: options.mapper, features: options.layout.features)
            return "image \(place) of Ceph cluster \(pool.cluster.id)"
        }
    }

    public func create(_ volume: Volume) async throws -> [String: String] {
        let options = try self.options(of: volume)
        let place = place(of: volume, options)
        return try await ask("create volume \(volume.name)", place) { [self] pool, _ in
            let making = CephMaking(
                volume: volume, options: options, place: place, pool: pool, host: try host())
            return try options.image == nil ? making.make() : making.adopt()
        }
    }

    // MARK: Remove

    /// Whether this host made the image, so that it may be deleted.
    private func isOurs(_ volume: Volume, _ options: CephOptions) -> Bool {
        options.image == nil && volume.handle["maker"] == nil
    }

    public func remove(_ volume: Volume) async throws {
        let options = try self.options(of: volume)
        try await takeDown(volume)
        guard isOurs(volume, options) else { return }
        let place = place(of: volume, options)
        try await ask("remove volume \(volume.name)", place) { [self] pool, _ in
            try CephRemoval(volume: volume, place: place, pool: pool, host: host()).setAside()
        }
    }

    public func sweep(_ volumes: [Volume]) async -> Set<String> {
        var gone: Set<String> = []
        for volume in volumes {
            do {
                try await sweep(volume)
                gone.insert(volume.id)
            } catch {
                logger.warning(
                    "removed image stays for now",
                    metadata: ["volume": "\(volume.name)", "reason": "\(error)"])
            }
        }
        return gone
    }

    private func sweep(_ volume: Volume) async throws {
        let options = try self.options(of: volume)
        guard isOurs(volume, options) else { return }
        let place = place(of: volume, options)
        try await ask("delete the image of \(volume.name)", place, seconds: 120) {
            [self] pool, pulse in
            try CephRemoval(volume: volume, place: place, pool: pool, host: host()).delete(pulse)
        }
    }
}
