import Linux
public import Volumes

/// Volumes in memory: mounted while a container uses them, gone when the last one stops.
///
/// A mount names its volume's id as its source, so that ours is never mistaken for another's.
public struct TmpfsDriver: Driver {
    public let name = "tmpfs"
    public let scope = Scope.local
    public var options: [DriverOption] { TmpfsOptions.known }
    public let needsIntent = false

    private let directory: String
    private let ownDirectories: [String]

    /// - Parameters:
    ///   - directory: Where volumes are mounted by their names, unless they have `mount=`.
    ///   - ownDirectories: The daemon's, which no `mount=` may hide or reach.
    public init(directory: String, ownDirectories: [String]) {
        self.directory = GivenPath.canonical(directory)
        self.ownDirectories = ownDirectories + [directory]
    }

    public func path(of volume: Volume) -> String {
        volume.handle["mount"] ?? "\(directory)/\(volume.name)"
    }

    // MARK: Create and remove

    public func claim(for volume: Volume) async throws -> String? {
        let options = try TmpfsOptions(volume.options ?? [:])
        guard let text = options.mount else { return nil }
        return try await asking("look at \(text)") { try given(text).path }
    }

    /// Makes nothing yet, but settles which directories on the way will be ours.
    public func create(_ volume: Volume) async throws -> [String: String] {
        let options = try TmpfsOptions(volume.options ?? [:])
        guard let text = options.mount else { return [:] }
        let given = try await asking("look at \(text)") { try self.given(text) }
        var handle = ["mount": given.path]
        handle["made-from"] = given.missingFrom
        return handle
    }

    /// A mount point of the user's own: missing, or an empty directory with nothing mounted on it.
    private func given(_ text: String) throws -> GivenPath {
        let given = try GivenPath(text, option: "mount", ownDirectories: ownDirectories)
        guard given.missingFrom == nil else { return given }
        let status = try FileStatus(of: given.path)
        guard let found = try obstacle(at: given.path, status) else { return given }
        throw VolumeError.invalidOption(
            "mount", value: text, reason: "\(found); give an empty directory or a new path")
    }

    private func obstacle(at path: String, _ status: FileStatus) throws -> String? {
        if status.kind != .directory { return "it is \(status.kind)" }
        if status.isMountPoint { return "a filesystem is mounted there" }
        return try OpenFile(path, for: .directory).isEmpty() ? nil : "it is not empty"
    }

    public func remove(_ volume: Volume) async throws {
        try await asking("unmount \(path(of: volume))") { try unmount(volume) }
    }

    public func sweep(_ volumes: [Volume]) async -> Set<String> { Set(volumes.map(\.id)) }

    // MARK: Attach and detach

    public func attach(_ volume: Volume, for reference: Reference) async throws -> Attachment {
        let path = path(of: volume)
        let options = try TmpfsOptions(volume.options ?? [:])
        try await asking("mount \(path)") { try mount(volume, options) }
        return Attachment(mount: .bind(path), handle: volume.handle)
    }

    private func mount(_ volume: Volume, _ options: TmpfsOptions) throws {
        guard try !isMounted(volume) else { return }
        for directory in directories(of: volume) { try make(directory) }
        let path = path(of: volume)
        let target = try OpenFile(path, for: .directory)
        guard try target.canonicalPath() == path, try target.isEmpty() else {
            throw VolumeError.unavailable(
                volume.name, expected: "an empty directory at \(path)",
                found: "one with files, or reached by a symbolic link")
        }
        try Mounting.mount(
            label(of: volume), on: target, type: "tmpfs",
            [.noExecution, .noSetuid, .noDevices], options: options.mountOptions)
    }

    private func make(_ directory: String) throws {
        let parts = directory.split(separator: "/")
        guard let name = parts.last else { return }
        let parent = try OpenFile(
            "/" + parts.dropLast().joined(separator: "/"), for: .directory, following: true)
        do {
            try parent.makeDirectory(String(name))
        } catch  where error.errno == Self.exists {}
    }

    private static let exists: Int32 = 17  // EEXIST

    public func detach(
        _ volume: Volume, from reference: Reference, isLast: Bool
    ) async throws {
        guard isLast else { return }
        try await asking("unmount \(path(of: volume))") { try unmount(volume) }
    }

    private func unmount(_ volume: Volume) throws {
        if try isMounted(volume) { try Mounting.unmount(path(of: volume)) }
        removeDirectories(of: volume)
    }

    /// What can't go is not empty, and so not only ours any more.
    private func removeDirectories(of volume: Volume) {
        for directory in directories(of: volume).reversed() where directory != self.directory {
            let parts = directory.split(separator: "/")
            guard let name = parts.last else { return }
            let parent = "/" + parts.dropLast().joined(separator: "/")
            do {
                try OpenFile(parent, for: .directory, following: true)
                    .removeDirectory(String(name))
            } catch { return }
        }
    }

    /// Those that come and go with the mount, outermost first.
    private func directories(of volume: Volume) -> [String] {
        guard volume.handle["mount"] != nil else { return [directory, path(of: volume)] }
        return GivenPath.directories(from: volume.handle["made-from"], to: path(of: volume))
    }

    private func label(of volume: Volume) -> String { "pouch:\(volume.id)" }

    /// Throws if something else is mounted at the volume's place.
    private func isMounted(_ volume: Volume) throws -> Bool {
        let path = path(of: volume)
        guard let entry = try MountTable().entry(at: path) else { return false }
        guard entry.type == "tmpfs", entry.source == label(of: volume) else {
            throw VolumeError.unavailable(
                volume.name, expected: "nothing mounted at \(path)",
                found: "\(entry.type) \(entry.source)")
        }
        return true
    }

    // MARK: Recovery

    /// Mounts that a crash left are kept while a container uses them; a reboot leaves none.
    public func recover(_ volumes: [Volume], attached: Set<String>) async throws -> [String] {
        var report: [String] = []
        for volume in volumes where !attached.contains(volume.id) {
            do {
                try await remove(volume)
            } catch {
                report.append("volume \(volume.name): \(error)")
            }
        }
        return report + (try await unmountStrangers(known: Set(volumes.map(label))))
    }

    /// Mounts of ours, below our directory, whose volume is forgotten.
    private func unmountStrangers(known: Set<String>) async throws -> [String] {
        try await asking("look for mounts below \(directory)") {
            let ours = try MountTable().entries(atOrBelow: directory).filter { entry in
                entry.type == "tmpfs" && entry.source.hasPrefix("pouch:")
                    && !known.contains(entry.source)
            }
            return ours.reversed().map { entry in
                do {
                    try Mounting.unmount(entry.path)
                    return "unmounted \(entry.path), which belonged to no volume"
                } catch {
                    return "\(error)"
                }
            }
        }
    }
}

extension TmpfsDriver: Reporting {
    /// Bytes and counts, in decimal digits.
    public func status(of volume: Volume) async throws -> [String: String] {
        let path = path(of: volume)
        let size = try TmpfsOptions(volume.options ?? [:]).size.bytes
        return try await asking("look at \(path)") {
            guard try isMounted(volume) else { return ["Mounted": "false", "Size": "\(size)"] }
            let usage = try OpenFile(path, for: .directory).filesystemUsage()
            return [
                "Mounted": "true", "Size": "\(usage.size)", "Used": "\(usage.used)",
                "Available": "\(usage.available)", "Inodes": "\(usage.inodes)",
                "InodesUsed": "\(usage.usedInodes)",
            ]
        }
    }
}
