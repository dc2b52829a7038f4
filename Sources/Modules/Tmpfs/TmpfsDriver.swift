import FoundationEssentials
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

    let directory: String
    let calls: StorageCalls
    private let ownDirectories: [String]

    /// - Parameters:
    ///   - directory: Where volumes are mounted by their names, unless they have `mount=`.
    ///   - ownDirectories: The daemon's, which no `mount=` may hide or reach.
    ///   - patience: How many seconds storage may take to answer.
    public init(directory: String, ownDirectories: [String], patience: Int = 10) {
        self.directory = GivenPath.canonical(directory)
        self.ownDirectories = ownDirectories + [directory]
        calls = StorageCalls(seconds: patience)
    }

    public func path(of volume: Volume) -> String {
        volume.handle["mount"] ?? "\(directory)/\(volume.name)"
    }

    func mount(of volume: Volume) -> TmpfsMount {
        TmpfsMount(
            volume: volume, path: path(of: volume), keptDirectory: directory,
            directories: directories(of: volume))
    }

    /// Those that come and go with the mount, outermost first.
    private func directories(of volume: Volume) -> [String] {
        guard volume.handle["mount"] != nil else { return [directory, path(of: volume)] }
        return GivenPath.directories(from: volume.handle["made-from"], to: path(of: volume))
    }

    // MARK: Create and remove

    public func claim(for volume: Volume) async throws -> String? {
        let options = try TmpfsOptions(volume.options ?? [:])
        guard let text = options.mount else { return nil }
        return try await calls.run("look at \(text)", on: text) { try given(text).path }
    }

    /// Makes nothing yet, but settles which directories on the way will be ours.
    public func create(_ volume: Volume) async throws -> [String: String] {
        let options = try TmpfsOptions(volume.options ?? [:])
        guard let text = options.mount else { return [:] }
        let given = try await calls.run("look at \(text)", on: text) { try self.given(text) }
        var handle = ["mount": given.path]
        handle["made-from"] = given.missingFrom
        return handle
    }

    /// A mount point of the user's own: missing, or an empty directory with nothing mounted on it.
    private func given(_ text: String) throws -> GivenPath {
        let given = try GivenPath(text, option: "mount", ownDirectories: ownDirectories)
        guard given.missingFrom == nil, let found = try TmpfsMount.obstacle(at: given.path) else {
            return given
        }
        throw VolumeError.invalidOption(
            "mount", value: text, reason: "\(found); give an empty directory or a new path")
    }

    public func remove(_ volume: Volume) async throws {
        try await takeAway(volume)
    }

    public func sweep(_ volumes: [Volume]) async -> Set<String> { Set(volumes.map(\.id)) }

    // MARK: Attach and detach

    public func attach(_ volume: Volume, for reference: Reference) async throws -> Attachment {
        let path = path(of: volume)
        let options = try TmpfsOptions(volume.options ?? [:])
        try await calls.run("mount \(path)", on: path) {
            try mount(of: volume).make(options.mountOptions)
        }
        return Attachment(mount: .bind(path), handle: volume.handle)
    }

    public func detach(
        _ volume: Volume, from reference: Reference, isLast: Bool
    ) async throws {
        guard isLast else { return }
        try await takeAway(volume)
    }

    private func takeAway(_ volume: Volume) async throws {
        let path = path(of: volume)
        try await calls.run("unmount \(path)", on: path) { try mount(of: volume).takeAway() }
    }

    // MARK: Recovery

    /// Mounts that a crash left are kept while a container uses them; a reboot leaves none.
    public func recover(_ volumes: [Volume], attached: Set<String>) async throws -> [String] {
        var report: [String] = []
        for volume in volumes where !attached.contains(volume.id) {
            do {
                try await takeAway(volume)
            } catch {
                report.append("volume \(volume.name): \(error)")
            }
        }
        return report + (try await unmountStrangers(known: Set(volumes.map(TmpfsMount.label))))
    }

    /// Mounts of ours, below our directory, whose volume is forgotten.
    private func unmountStrangers(known: Set<String>) async throws -> [String] {
        try await calls.run("look for mounts below \(directory)", on: directory) {
            let ours = try MountTable().entries(atOrBelow: directory).filter { entry in
                TmpfsMount.isOurs(entry) && !known.contains(entry.source)
            }
            return ours.reversed().map { entry in
                do {
                    try Mounting.unmount(entry.path, lazily: true)
                    return "unmounted \(entry.path), which belonged to no volume"
                } catch {
                    return "\(error)"
                }
            }
        }
    }
}

extension TmpfsDriver: Volatile {}

extension TmpfsDriver: Reporting {
    /// Bytes and counts, in decimal digits.
    public func status(of volume: Volume, walking: Bool) async throws -> [String: String] {
        let path = path(of: volume)
        let size = try TmpfsOptions(volume.options ?? [:]).size.bytes
        return try await calls.run("look at \(path)", on: path) {
            guard let usage = try mount(of: volume).usage(in: MountTable()) else {
                return ["Mounted": "false", "Size": "\(size)"]
            }
            return [
                "Mounted": "true", "Size": "\(usage.size)", "Used": "\(usage.used)",
                "Available": "\(usage.available)", "Inodes": "\(usage.inodes)",
                "InodesUsed": "\(usage.usedInodes)",
            ]
        }
    }
}

extension TmpfsDriver: Measuring {
    public func usage(of volumes: [Volume], countedOnly: Bool) async -> [String: Usage] {
        let found = try? await calls.run("measure volumes", on: directory) {
            // Read once for all of them.
            let table = try MountTable()
            let now = Date()
            return Dictionary(
                uniqueKeysWithValues: volumes.compactMap { volume in
                    (try? usage(of: volume, in: table, now)).map { (volume.id, $0) }
                })
        }
        return found ?? [:]
    }

    /// A volume that is not mounted is empty.
    private func usage(of volume: Volume, in table: MountTable, _ now: Date) throws -> Usage {
        let options = try TmpfsOptions(volume.options ?? [:])
        let usage = try mount(of: volume).usage(in: table)
        return Usage(
            used: Int64(clamping: usage?.used ?? 0), limit: options.size.bytes,
            inodes: usage.map { Int64(clamping: $0.usedInodes) },
            inodeLimit: usage.map { Int64(clamping: $0.inodes) }, method: .filesystem, asOf: now)
    }
}

extension TmpfsDriver: Sizing {
    public func sizeOption(of volume: Volume) -> String {
        TmpfsOptions.sizeOption(in: volume.options ?? [:])
    }

    /// The options are all that is remembered of a size.
    public func resize(
        _ volume: Volume, to limits: Limits, isAttached: Bool
    ) async throws -> [String: String] {
        guard limits.inodes == nil else {
            throw VolumeError.unsupported(
                "change a volume's inodes; give nr_inodes at create", driver: name)
        }
        guard let size = limits.size else { return volume.handle }
        let path = path(of: volume)
        try await calls.run("resize \(path)", on: path) {
            let mount = mount(of: volume)
            guard let usage = try mount.usage(in: MountTable()) else { return }
            guard usage.used <= UInt64(size.bytes) else {
                throw VolumeError.invalidOption(
                    "size", value: "\(size)",
                    reason: "\(ByteCount(bytes: Int64(clamping: usage.used))) of it are used; "
                        + "delete some first, or give more")
            }
            try mount.resize(to: size.bytes)
        }
        return volume.handle
    }
}
