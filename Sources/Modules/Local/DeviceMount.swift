import Glibc
import Linux
import Volumes

/// What a volume with `type=` mounts, at a mount point that is ours and nobody else's.
struct DeviceMount: Sendable {
    let volume: Volume
    let options: DeviceOptions
    /// Where such mount points are, by the volumes' ids.
    let mounts: String
    let ownDirectories: [String]
    let step: @Sendable (String) -> Void

    var path: String { "\(mounts)/\(volume.id)" }

    var isMounted: Bool {
        get throws { try MountTable().entry(at: path) != nil }
    }

    /// Mounts it, unless it is mounted. Nobody sees it before it is known not to show what is
    /// pouchd's.
    func mount(_ pulse: Pulse) throws {
        guard try !isMounted else { return }
        try check()
        let parent = try OpenFile(mounts, for: .directory)
        try parent.makeMissingDirectory(volume.id, mode: 0o711)
        do {
            try mount(on: parent.open(volume.id, for: .directory))
            step("device.mounted")
            try checkReach()
            // Who was given up comes too late.
            try pulse.beat()
        } catch {
            try? unmount()
            throw error
        }
    }

    /// Unmounts it, if it is mounted, and takes the mount point away.
    func unmount() throws {
        while try isMounted { try unmountOnce() }
        do {
            try OpenFile(mounts, for: .directory).removeDirectory(volume.id)
        } catch {
            guard error.isMissing else { throw error }
        }
    }

    /// A disk is written back before this returns. A server that does not answer, or a directory
    /// that is elsewhere too, is let go at once.
    private func unmountOnce() throws {
        if options.isOwnFilesystem {
            do {
                return try Mounting.unmount(path)
            } catch {
                guard error.isBusy else { throw error }
            }
        }
        try Mounting.unmount(path, lazily: true)
    }

    private func mount(on target: OpenFile) throws {
        if options.isBind {
            let source = try OpenFile("/", for: .reference).open(
                String(source.drop { $0 == "/" }), for: .directory, within: .noSymlinks)
            return try Mounting.bind(
                source, on: target, restricting: options.words.flags,
                isRecursive: options.words.flags.contains(.recursive))
        }
        do throws(SystemError) {
            try Mounting.mount(
                options.device, on: target, type: options.type, options.words.flags,
                options: try data().dataText)
        } catch {
            throw VolumeError.storage(
                action: "mount \(options)", reason: error.reason + Self.advice(error))
        }
    }

    /// What a bind shows: as it was found at create, without symlinks.
    private var source: String { volume.handle["device"] ?? options.device }

    // MARK: Servers

    /// The words for the filesystem, with the address of the server that has to be among them: the
    /// kernel resolves no names.
    func data() throws(SystemError) -> MountWords {
        var words = options.words
        let name: String
        switch options.type {
        case "nfs", "nfs4":
            let host = options.device.firstIndex(of: ":").map { options.device[..<$0] }
            name = "addr"
            words[name] = try address(words[name] ?? host.map(String.init))
        case "cifs", "smb3":
            let host = options.device.split(separator: "/").first.map(String.init)
            name = words["addr"] == nil ? "ip" : "addr"
            words[name] = try address(words[name] ?? host)
        default: break
        }
        return words
    }

    private func address(_ host: String?) throws(SystemError) -> String? {
        guard let host, !host.isEmpty else { return nil }
        // An IPv6 address is in brackets where a colon follows it.
        return try HostAddress.find(String(host.drop { $0 == "[" }.prefix { $0 != "]" }))
    }

    private static func advice(_ error: SystemError) -> String {
        switch error.errno {
        case ENODEV: "; this kernel has no such filesystem: load its module, or correct type="
        case EINVAL: "; it refuses an option in o=: the kernel's log (dmesg) may say which"
        case ENOTBLK: "; device= must be a block device"
        default: ""
        }
    }

    // MARK: What must not be reached

    /// Checks what it would show, and returns a bind's directory: no directory may hold, or lie
    /// in, one of pouchd's own.
    @discardableResult
    func check() throws -> String? {
        for layer in options.layers {
            _ = try GivenPath(layer, option: "o", ownDirectories: ownDirectories)
        }
        guard options.isBind else {
            try checkDirectory()
            return nil
        }
        let given = try GivenPath(
            directory: options.device, option: "device", ownDirectories: ownDirectories)
        guard let known = volume.handle["device"], known != given.path else { return given.path }
        throw VolumeError.unavailable(
            volume.name, expected: "the directory \(known)", found: given.path)
    }

    /// Some filesystems show another one's directory.
    private func checkDirectory() throws {
        guard options.device.hasPrefix("/"),
            (try? OpenFile(options.device, for: .directory, following: true)) != nil
        else { return }
        _ = try GivenPath(options.device, option: "device", ownDirectories: ownDirectories)
    }

    /// Throws if what is mounted is the filesystem that pouchd's own directories are on: then they
    /// could be reached through it.
    private func checkReach() throws {
        let root = try OpenFile(path, for: .directory)
        for own in ownDirectories where try GivenPath.overlap(root, own) {
            throw VolumeError.invalidOption(
                "device", value: options.device,
                reason: "pouchd's own directory \(own) is on it; give another")
        }
    }
}
