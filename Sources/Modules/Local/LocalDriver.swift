public import Linux
public import Logging
public import Volumes

/// Directories: ours, one per volume, or one that the user gives with `mount=`.
///
/// What makes a limit hold, and counts, is the volume's ``Backing``, chosen at create.
public struct LocalDriver: Driver {
    public let name = "local"
    public let scope = Scope.local
    public var options: [DriverOption] { LocalOptions.all }
    public let needsIntent = false

    /// Where our directories are, by the volumes' names; nothing else is there.
    let directory: String
    /// Removed ones until they are deleted, by the volumes' ids; within the same mount.
    let trash: String
    /// What lay among ours and is no volume's; never deleted.
    let quarantine: String
    /// Volumes that have filesystems of their own, by the volumes' ids; within the same mount.
    let images: String
    /// Where images are mounted, by the volumes' ids.
    let mounts: String
    let calls: StorageCalls
    let projects: ProjectIDs
    let counts = Counts()
    let walks = Walks()
    let subvolumes = SubvolumeIDs()
    let logger: Logger
    let usualSize: ByteCount?
    let step: @Sendable (String) -> Void
    let ownDirectories: [String]

    /// - Parameters:
    ///   - directory: For volumes' directories and nothing else.
    ///   - trash: For removed ones; in the same mount as `directory`.
    ///   - quarantine: For what turns up in `directory` and is no volume's.
    ///   - images: For volumes in files; in the same mount as `directory`. Nil for `image` beside
    ///     it.
    ///   - mounts: Where those are mounted. Nil for `image-mount` beside `directory`.
    ///   - ownDirectories: The daemon's, which no `mount=` may hold or lie in.
    ///   - usualSize: The limit of volumes that are given none; nil for no limit.
    ///   - projects: Gives ids for project quota; shared with whoever else needs such ids.
    ///   - patience: How many seconds storage may take to answer.
    ///   - step: Called after each step that changes an image, with its name; tests stop the daemon
    ///     there.
    public init(
        directory: String, trash: String, quarantine: String, images: String? = nil,
        mounts: String? = nil, ownDirectories: [String], usualSize: ByteCount? = nil,
        projects: ProjectIDs = ProjectIDs(), logger: Logger, patience: Int = 10,
        step: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.directory = GivenPath.canonical(directory)
        self.trash = GivenPath.canonical(trash)
        self.quarantine = GivenPath.canonical(quarantine)
        self.images = GivenPath.canonical(images ?? Self.sibling(of: directory, "image"))
        self.mounts = GivenPath.canonical(mounts ?? Self.sibling(of: directory, "image-mount"))
        self.ownDirectories =
            ownDirectories + [directory, trash, quarantine, self.images, self.mounts]
        self.usualSize = usualSize
        self.projects = projects
        self.logger = logger
        self.step = step
        calls = StorageCalls(seconds: patience)
    }

    private static func sibling(of path: String, _ name: String) -> String {
        "/" + (path.split(separator: "/").dropLast() + [Substring(name)]).joined(separator: "/")
    }

    public func path(of volume: Volume) -> String {
        if let given = given(volume) { return given }
        if isDevice(volume) { return "\(mounts)/\(volume.id)" }
        guard Backing(of: volume).image != nil else { return "\(directory)/\(volume.name)" }
        return VolumeImage.root(of: volume, below: mounts)
    }

    /// The user's directory, if the volume is one.
    func given(_ volume: Volume) -> String? { volume.handle["mount"] }

    /// A bind's place is what it shows.
    func place(of volume: Volume) -> Place {
        Place(of: volume, at: volume.handle["device"] ?? path(of: volume))
    }

    func image(of volume: Volume, _ filesystem: ImageFilesystem) -> VolumeImage {
        VolumeImage(
            volume: volume, filesystem: filesystem, directory: images, mounts: mounts, step: step)
    }

    /// Nil for a volume that has no filesystem of its own.
    func image(of volume: Volume) -> VolumeImage? {
        Backing(of: volume).image.map { image(of: volume, $0) }
    }

    /// Whether the volume has a directory among ours.
    func hasDirectory(_ volume: Volume) -> Bool {
        !isElsewhere(volume) && Backing(of: volume).image == nil
    }

    // MARK: Create

    public func claim(for volume: Volume) async throws -> String? {
        let options = try LocalOptions(volume.options ?? [:])
        if options.device != nil { try await checkDevice(of: volume) }
        guard let text = options.mount else { return nil }
        return try await calls.run("look at \(text)", on: text) { try existing(text).path }
    }

    public func create(_ volume: Volume) async throws -> [String: String] {
        let options = try LocalOptions(volume.options ?? [:], usualSize: usualSize)
        if let device = options.device { return try await remember(device, of: volume) }
        if let text = options.mount {
            return try await counts.during(volume.name) {
                try await adopt(text, options.limits, counting: $0)
            }
        }
        let (choice, made) = try await calls.run(
            "create volume \(volume.name)", on: path(of: volume)
        ) {
            let choice = try choose(options)
            // An image takes longer, and tools; see below.
            guard choice.kind.image == nil else { return (choice, [String: String]()) }
            return (choice, try makeCounted(volume, options, choice.kind).handle)
        }
        var handle = options.limits.handle.merging(made) { $1 }
        if choice.kind != .directory { handle["reason"] = choice.reason }
        if let filesystem = choice.kind.image {
            handle.merge(Backing.image(filesystem).handle) { $1 }
            handle.merge(try await makeImage(volume, filesystem, options)) { $1 }
        }
        return handle
    }

    private func choose(_ options: LocalOptions) throws -> Choice {
        let parent = try OpenFile(directory, for: .directory)
        return try Choice.withoutLimits(for: options, under: parent)
            ?? Choice(for: options, on: Ground(under: parent))
    }

    func existing(_ text: String) throws -> GivenPath {
        try GivenPath(directory: text, option: "mount", ownDirectories: ownDirectories)
    }

    // MARK: Remove

    public func remove(_ volume: Volume) async throws {
        if isDevice(volume) { return try await leave(volume) }
        if given(volume) != nil { return try await unlimit(volume) }
        try await calls.run("remove volume \(volume.name)", on: path(of: volume)) {
            if let image = image(of: volume) {
                try setAside(image)
            } else {
                try setAside(volume)
            }
        }
    }

    private func setAside(_ volume: Volume) throws {
        let parent = try OpenFile(directory, for: .directory)
        let trash = try OpenFile(trash, for: .directory)
        let name = volume.name.description
        // What is set aside already has left its name to another volume.
        guard try trash.status(of: volume.id) == nil, try parent.status(of: name) != nil else {
            return
        }
        if let mount = try MountTable().entries(atOrBelow: path(of: volume)).first {
            throw VolumeError.storage(
                action: "remove volume \(volume.name)",
                reason: "\(mount.type) \(mount.source) is mounted at \(mount.path); unmount it")
        }
        try parent.rename(name, to: trash, as: volume.id)
    }

    private func setAside(_ image: VolumeImage) throws {
        try image.unmount()
        let images = try OpenFile(images, for: .directory)
        guard try images.status(of: image.name) != nil else { return }
        try images.rename(
            image.name, to: OpenFile(trash, for: .directory), as: image.volume.id, .replace)
    }

    public func sweep(_ volumes: [Volume]) async -> Set<String> {
        let ours = volumes.filter { !isElsewhere($0) }
        var gone = Set(volumes.filter(isDevice).map(\.id))
        for volume in volumes where given(volume) != nil {
            if await unassign(volume) { gone.insert(volume.id) }
        }
        guard !ours.isEmpty else { return gone }
        do {
            let deleted = try await calls.run("empty \(trash)", on: trash, stalledFor: 60) {
                pulse in
                Set(try ours.filter { try delete($0, pulse) }.map(\.id))
            }
            try await settleRemovals()
            return gone.union(deleted)
        } catch {
            logger.warning("removed volumes not deleted", metadata: ["reason": "\(error)"])
            return gone
        }
    }

    /// False if something of it stays, which the next start tries again.
    private func delete(_ volume: Volume, _ pulse: Pulse) throws -> Bool {
        do {
            try discard(volume.id, pulse)
            walks.forget(volume.id)
            subvolumes.forget(volume.id)
            return true
        } catch let error as SystemError {
            logger.warning("removed volume not deleted", metadata: ["reason": "\(error)"])
            return false
        }
    }

    /// A removal must be on disk before it is forgotten: else a power cut could bring back a
    /// directory that no record names.
    private func settleRemovals() async throws {
        try await calls.run("settle \(trash)", on: trash, seconds: 60) {
            for place in [directory, images, trash] {
                do {
                    try OpenFile(place, for: .directory).sync()
                } catch let error as SystemError where error.isMissing {}
            }
        }
    }

    // MARK: Attach and detach

    public func attach(_ volume: Volume, for reference: Reference) async throws -> Attachment {
        if let device = try device(of: volume) { return try await attach(device) }
        let volume = try await reached(volume)
        let place = place(of: volume)
        return try await calls.run("attach volume \(volume.name)", on: place.path) {
            let root = try place.check()
            let mount = Mount.bind(place.path, escapes: escapes(from: volume, root))
            guard !place.isKnown else { return Attachment(mount: mount, handle: volume.handle) }
            // From now on the volume's data is expected here; so must the directory be, whatever
            // happens next.
            try root.sync()
            try place.syncParent()
            return Attachment(mount: mount, handle: try place.remembered(root))
        }
    }

    private func escapes(from volume: Volume, _ root: OpenFile) -> Set<Mount.Escape> {
        guard Limits(of: volume) != Limits() else { return [] }
        return switch Backing(of: volume) {
        case .directory, .image: []
        case .subvolume: [.uncounting]
        // ext4 lets those pass its quota who have the privilege; xfs does not.
        case .project: root.isOnExt4 ? [.uncounting, .privilege] : [.uncounting]
        }
    }

    public func detach(
        _ volume: Volume, from reference: Reference, isLast: Bool
    ) async throws {
        if isLast { try await leave(volume) }
    }
}
