import Linux
public import Volumes

/// Volumes that are something the kernel mounts, as Docker's `type`, `device` and `o` say: mounted
/// while somebody uses them.
extension LocalDriver {
    /// How many seconds a server may take to answer a mount, or to let go.
    private static let patience = 30

    /// Whether the volume is what its options have the kernel mount.
    func isDevice(_ volume: Volume) -> Bool { volume.options?["type"] != nil }

    /// Whether its files are in no place that is ours to delete.
    func isElsewhere(_ volume: Volume) -> Bool { given(volume) != nil || isDevice(volume) }

    /// Nil for a volume of another kind.
    func device(of volume: Volume) throws -> DeviceMount? {
        guard let options = try DeviceOptions(volume.options ?? [:]) else { return nil }
        return DeviceMount(
            volume: volume, options: options, mounts: mounts, ownDirectories: ownDirectories,
            step: step)
    }

    func checkDevice(of volume: Volume) async throws {
        guard let device = try device(of: volume) else { return }
        try await calls.run("look at \(device.options.device)", on: device.options.device) {
            _ = try device.check()
        }
    }

    /// Makes nothing: it is there already, or made when it is mounted.
    func remember(_ options: DeviceOptions, of volume: Volume) async throws -> [String: String] {
        guard let device = try device(of: volume) else { return [:] }
        return try await calls.run("look at \(options.device)", on: options.device) {
            try device.check().map { ["device": $0] } ?? [:]
        }
    }

    func attach(_ device: DeviceMount) async throws -> Attachment {
        let volume = device.volume
        try await reachDevice(volume)
        let place = place(of: volume)
        return try await calls.run("attach volume \(volume.name)", on: device.path) {
            // A server that stopped is known here, and not in the container.
            _ = try OpenFile(device.path, for: .directory).filesystemUsage()
            let mount = Mount.bind(device.path)
            guard device.options.isBind, !place.isKnown else {
                return Attachment(mount: mount, handle: volume.handle)
            }
            // As with a directory given by mount=: from now on it is expected to be there.
            let source = try place.check()
            try source.sync()
            try place.syncParent()
            return Attachment(mount: mount, handle: try place.remembered(source))
        }
    }

    /// Mounts it, unless it is mounted. Does nothing with a volume of another kind.
    func reachDevice(_ volume: Volume) async throws {
        guard let device = try device(of: volume) else { return }
        if device.options.isBind {
            let place = place(of: volume)
            try await calls.run("look at \(place.path)", on: place.path) {
                _ = try place.check()
            }
        }
        try await calls.run(
            "mount volume \(volume.name)", on: device.path, stalledFor: Self.patience
        ) { pulse in
            try makeMountDirectory()
            try device.mount(pulse)
        }
    }

    func leaveDevice(_ volume: Volume) async throws {
        guard let device = try device(of: volume) else { return }
        // Beside a mount that hangs: that finds out that nobody waits for it, and undoes itself.
        try await calls.run(
            "unmount volume \(volume.name)", on: "unmount \(device.path)", seconds: Self.patience
        ) { try device.unmount() }
    }

    // MARK: What is in it

    /// What its filesystem says of itself while it is mounted; nil if that is not the volume's
    /// alone.
    func countDevice(_ volume: Volume) throws -> FilesystemUsage? {
        guard let device = try device(of: volume), device.options.isOwnFilesystem,
            try device.isMounted
        else { return nil }
        return try OpenFile(device.path, for: .directory).filesystemUsage()
    }

    /// Whether there is nothing to walk through.
    func hasNothingToWalk(_ volume: Volume) throws -> Bool {
        guard let device = try device(of: volume), !device.options.isBind else { return false }
        return try device.options.isOwnFilesystem || !device.isMounted
    }
}

extension LocalDriver: Volatile {
    public func isVolatile(_ volume: Volume) -> Bool {
        ((try? device(of: volume)) ?? nil)?.options.isMemory ?? false
    }
}
