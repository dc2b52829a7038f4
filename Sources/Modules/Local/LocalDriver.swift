import Linux
public import Logging
public import Volumes

/// Directories: ours, one per volume, or one that the user gives with `mount=`.
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
    let calls: StorageCalls
    private let ownDirectories: [String]
    private let logger: Logger

    /// - Parameters:
    ///   - directory: For volumes' directories and nothing else.
    ///   - trash: For removed ones; in the same mount as `directory`.
    ///   - quarantine: For what turns up in `directory` and is no volume's.
    ///   - ownDirectories: The daemon's, which no `mount=` may hold or lie in.
    ///   - patience: How many seconds storage may take to answer.
    public init(
        directory: String, trash: String, quarantine: String, ownDirectories: [String],
        logger: Logger, patience: Int = 10
    ) {
        self.directory = GivenPath.canonical(directory)
        self.trash = GivenPath.canonical(trash)
        self.quarantine = GivenPath.canonical(quarantine)
        self.ownDirectories = ownDirectories + [directory, trash, quarantine]
        self.logger = logger
        calls = StorageCalls(seconds: patience)
    }

    public func path(of volume: Volume) -> String {
        given(volume) ?? "\(directory)/\(volume.name)"
    }

    /// The user's directory, if the volume is one.
    func given(_ volume: Volume) -> String? { volume.handle["mount"] }

    func place(of volume: Volume) -> Place { Place(of: volume, at: path(of: volume)) }

    // MARK: Create

    public func claim(for volume: Volume) async throws -> String? {
        let options = try LocalOptions(volume.options ?? [:])
        guard let text = options.mount else { return nil }
        return try await calls.run("look at \(text)", on: text) { try existing(text).path }
    }

    public func create(_ volume: Volume) async throws -> [String: String] {
        let options = try LocalOptions(volume.options ?? [:])
        if let text = options.mount {
            let path = try await calls.run("look at \(text)", on: text) { try existing(text).path }
            return ["mount": path]
        }
        try await calls.run("create volume \(volume.name)", on: path(of: volume)) {
            try make(volume, options)
        }
        return [:]
    }

    private func existing(_ text: String) throws -> GivenPath {
        let given = try GivenPath(text, option: "mount", ownDirectories: ownDirectories)
        guard given.missingFrom == nil else {
            throw VolumeError.invalidOption(
                "mount", value: text, reason: "there is no such directory; make it first")
        }
        let kind = try FileStatus(of: given.path).kind
        guard kind == .directory else {
            throw VolumeError.invalidOption(
                "mount", value: text, reason: "it is \(kind); give a directory")
        }
        return given
    }

    /// Makes our directory with the owner and permissions that were asked for, or nothing.
    func make(_ volume: Volume, _ options: LocalOptions) throws {
        let parent = try OpenFile(directory, for: .directory)
        do {
            if options.isPlain {
                try makePlain(volume.name.description, in: parent)
            } else {
                try makeDressed(volume, options, in: parent)
            }
        } catch let error as SystemError where error.isTaken {
            throw VolumeError.storage(
                action: "create volume \(volume.name)",
                reason: "\(path(of: volume)) exists and is no volume's; move it away, or restart "
                    + "pouchd, which moves it to \(quarantine)")
        }
    }

    private func makePlain(_ name: String, in parent: OpenFile) throws {
        try parent.makeDirectory(name, mode: LocalOptions.usualMode)
        // A umask, or the parent's setgid bit, may have had a say.
        guard try parent.status(of: name)?.mode != LocalOptions.usualMode else { return }
        try orRemove(name, from: parent) {
            try parent.open(name, for: .directory).changeMode(LocalOptions.usualMode)
        }
    }

    /// Dressed before it gets its name, so that a power cut leaves no volume with other
    /// permissions than were asked for.
    private func makeDressed(
        _ volume: Volume, _ options: LocalOptions, in parent: OpenFile
    ) throws {
        let staging = try OpenFile(trash, for: .directory)
        let name = "\(volume.id).new"
        try staging.makeDirectory(name, mode: 0o700)
        try orRemove(name, from: staging) {
            let root = try staging.open(name, for: .directory)
            if options.uid != nil || options.gid != nil {
                try root.changeOwner(user: options.uid, group: options.gid)
            }
            // After the owner: chown takes setuid and setgid bits away.
            try root.changeMode(options.mode ?? LocalOptions.usualMode)
            try staging.rename(name, to: parent, as: volume.name.description)
        }
    }

    private func orRemove(
        _ name: String, from parent: OpenFile, _ body: () throws -> Void
    ) throws {
        do {
            try body()
        } catch {
            try? parent.removeDirectory(name)
            throw error
        }
    }

    // MARK: Remove

    public func remove(_ volume: Volume) async throws {
        guard given(volume) == nil else { return }
        try await calls.run("remove volume \(volume.name)", on: path(of: volume)) {
            try setAside(volume)
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

    public func sweep(_ volumes: [Volume]) async -> Set<String> {
        let ours = volumes.filter { given($0) == nil }
        let givens = Set(volumes.map(\.id)).subtracting(ours.map(\.id))
        guard !ours.isEmpty else { return givens }
        do {
            let gone = try await calls.run("empty \(trash)", on: trash, stalledFor: 60) { pulse in
                Set(try ours.map(\.id).filter { try delete($0, pulse) })
            }
            try await settleRemovals()
            return gone.union(givens)
        } catch {
            logger.warning("removed volumes not deleted", metadata: ["reason": "\(error)"])
            return givens
        }
    }

    /// False if something of it stays, which the next start tries again.
    private func delete(_ id: String, _ pulse: Pulse) throws -> Bool {
        do {
            try Tree.remove("\(trash)/\(id)", pulse: pulse)
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
            try OpenFile(directory, for: .directory).sync()
            try OpenFile(trash, for: .directory).sync()
        }
    }

    // MARK: Attach and detach

    public func attach(_ volume: Volume, for reference: Reference) async throws -> Attachment {
        let place = place(of: volume)
        let handle = try await calls.run("attach volume \(volume.name)", on: place.path) {
            let root = try place.check()
            guard !place.isKnown else { return volume.handle }
            // From now on the volume's data is expected here; so must the directory be, whatever
            // happens next.
            try root.sync()
            try place.syncParent()
            return try place.remembered(root)
        }
        return Attachment(mount: .bind(place.path), handle: handle)
    }

    public func detach(
        _ volume: Volume, from reference: Reference, isLast: Bool
    ) async throws {}
}
