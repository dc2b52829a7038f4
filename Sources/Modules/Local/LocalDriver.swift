import Linux
public import Volumes

/// Directories: ours, one per volume, or one that the user gives with `mount=`.
public struct LocalDriver: Driver {
    public let name = "local"
    public let scope = Scope.local
    public var options: [DriverOption] { LocalOptions.all }
    public let needsIntent = false

    /// Where our directories are, by the volumes' names; nothing else is there.
    let directory: String
    /// Removed ones until they are deleted, by the volumes' ids; on the same filesystem.
    let trash: String
    /// What lay among ours and is no volume's; never deleted.
    let quarantine: String
    private let ownDirectories: [String]

    /// - Parameter ownDirectories: The daemon's, which no `mount=` may hold or lie in.
    public init(
        directory: String, trash: String, quarantine: String, ownDirectories: [String]
    ) {
        self.directory = GivenPath.canonical(directory)
        self.trash = GivenPath.canonical(trash)
        self.quarantine = GivenPath.canonical(quarantine)
        self.ownDirectories = ownDirectories + [directory, trash, quarantine]
    }

    public func path(of volume: Volume) -> String {
        given(volume) ?? "\(directory)/\(volume.name)"
    }

    /// The user's directory, if the volume is one.
    func given(_ volume: Volume) -> String? { volume.handle["mount"] }

    // MARK: Create

    public func claim(for volume: Volume) async throws -> String? {
        let options = try LocalOptions(volume.options ?? [:])
        guard let text = options.mount else { return nil }
        return try await asking("look at \(text)") { try existing(text).path }
    }

    public func create(_ volume: Volume) async throws -> [String: String] {
        let options = try LocalOptions(volume.options ?? [:])
        if let text = options.mount {
            return ["mount": try await asking("look at \(text)") { try existing(text).path }]
        }
        try await asking("create volume \(volume.name)") { try make(volume.name, options) }
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

    func make(_ name: VolumeName, _ options: LocalOptions) throws {
        let parent = try OpenFile(directory, for: .directory)
        guard try parent.status(of: name.description) == nil else { throw taken(name) }
        try parent.makeDirectory(name.description, mode: 0o700)
        do {
            try dress(parent.open(name.description, for: .directory), options)
        } catch {
            try? parent.removeDirectory(name.description)
            throw error
        }
    }

    private func taken(_ name: VolumeName) -> VolumeError {
        .storage(
            action: "create volume \(name)",
            reason: "\(directory)/\(name) exists and is no volume's; move it away, or restart "
                + "pouchd, which moves it to \(quarantine)")
    }

    private func dress(_ root: OpenFile, _ options: LocalOptions) throws {
        if options.uid != nil || options.gid != nil {
            try root.changeOwner(user: options.uid, group: options.gid)
        }
        // After the owner: chown takes setuid and setgid bits away.
        try root.changeMode(options.mode ?? 0o755)
    }

    // MARK: Remove

    public func remove(_ volume: Volume) async throws {
        guard given(volume) == nil else { return }
        try await asking("remove volume \(volume.name)") { try setAside(volume) }
    }

    private func setAside(_ volume: Volume) throws {
        let mounts = try MountTable().entries(atOrBelow: path(of: volume))
        if let mount = mounts.first {
            throw VolumeError.storage(
                action: "remove volume \(volume.name)",
                reason: "\(mount.type) \(mount.source) is mounted at \(mount.path); unmount it")
        }
        let parent = try OpenFile(directory, for: .directory)
        let name = volume.name.description
        guard try parent.status(of: name) != nil else { return }
        try parent.rename(name, to: OpenFile(trash, for: .directory), as: volume.id)
    }

    /// A removal must be on disk before it is forgotten: else a power cut could bring back a
    /// directory that no record names.
    public func sweep(_ volumes: [Volume]) async -> Set<String> {
        var gone: Set<String> = []
        for volume in volumes {
            let path = "\(trash)/\(volume.id)"
            let swept: ()? = try? await Blocking.run("delete \(path)", stalledFor: 60) { pulse in
                try Tree.remove(path, pulse: pulse)
            }
            if swept != nil { gone.insert(volume.id) }
        }
        let settled: ()? = try? await asking("settle \(trash)", seconds: 60) {
            try OpenFile(directory, for: .directory).sync()
            try OpenFile(trash, for: .directory).sync()
        }
        return settled == nil ? [] : gone
    }

    // MARK: Attach and detach

    public func attach(_ volume: Volume, for reference: Reference) async throws -> Attachment {
        let path = path(of: volume)
        let handle = try await asking("attach volume \(volume.name)") {
            () throws -> [String: String] in
            let place = Place(of: volume, at: path)
            let root = try place.check()
            guard !place.isKnown else { return volume.handle }
            // From now on the volume's data is expected here; so must the directory be, whatever
            // happens next.
            try root.sync()
            try OpenFile(parent(of: path), for: .directory, following: true).sync()
            return try volume.handle.merging(Place.facts(about: root)) { $1 }
        }
        return Attachment(mount: .bind(path), handle: handle)
    }

    private func parent(of path: String) -> String {
        "/" + path.split(separator: "/").dropLast().joined(separator: "/")
    }

    public func detach(
        _ volume: Volume, from reference: Reference, isLast: Bool
    ) async throws {}
}

// MARK: - Reporting and populating

extension LocalDriver: Reporting {
    /// Only what is wrong with a volume that was attached before.
    public func status(of volume: Volume) async throws -> [String: String] {
        let place = Place(of: volume, at: path(of: volume))
        guard place.isKnown else { return [:] }
        do {
            try await asking("look at \(place.path)") { _ = try place.check() }
            return [:]
        } catch VolumeError.unavailable(_, let expected, let found) {
            return ["State": "unavailable", "Expected": expected, "Found": found]
        } catch {
            return ["State": "unavailable", "Found": "\(error)"]
        }
    }
}

extension LocalDriver: Populating {
    /// What mkfs leaves in every fresh ext4.
    private static let lostAndFound = "lost+found"

    public func isEmpty(_ volume: Volume) async throws -> Bool {
        let place = Place(of: volume, at: path(of: volume))
        return try await asking("look at \(place.path)") {
            try place.check(for: .directory).isEmpty(ignoring: Self.lostAndFound)
        }
    }

    public func empty(_ volume: Volume) async throws {
        let place = Place(of: volume, at: path(of: volume))
        do {
            try await Blocking.run("empty \(place.path)", stalledFor: 60) { pulse in
                for name in try place.check(for: .directory).names() where name != Self.lostAndFound
                {
                    try Tree.remove("\(place.path)/\(name)", pulse: pulse)
                }
            }
        } catch let error as TimedOut {
            throw VolumeError.timedOut(error.action, seconds: error.seconds)
        } catch let error as SystemError {
            throw VolumeError.storage(action: "empty \(place.path)", reason: "\(error)")
        }
    }

    public func settle(_ volume: Volume) async throws {
        let place = Place(of: volume, at: path(of: volume))
        try await asking("settle \(place.path)", seconds: 120) {
            try place.check().syncFilesystem()
        }
    }
}
