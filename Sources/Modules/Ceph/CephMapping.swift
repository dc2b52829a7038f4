import Linux
import Volumes

/// What one volume has on this host while it is attached: a directory with what maps its image,
/// and a mount of the filesystem in it. Every call blocks.
struct CephMapping: Sendable {
    let directory: String
    /// The volume's name, for the device.
    let label: String
    let mapper: any Mapper

    /// Where the filesystem is mounted.
    var mountPoint: String { directory + "/fs" }

    static func directory(of volume: Volume, below directory: String) -> String {
        // Short: a socket's path has 107 bytes.
        "\(directory)/\(volume.id.prefix(16))"
    }

    init(of volume: Volume, below directory: String, _ mapper: any Mapper) {
        self.directory = Self.directory(of: volume, below: directory)
        label = volume.name.description
        self.mapper = mapper
    }

    /// A directory that belongs to no volume any more.
    init(at directory: String, _ mapper: any Mapper) {
        self.directory = directory
        label = ""
        self.mapper = mapper
    }

    var isMounted: Bool {
        get throws { try MountTable().entry(at: mountPoint) != nil }
    }

    /// Whether the volume can be used as it is.
    var isWhole: Bool {
        get throws { try isMounted && mapper.isMapped(in: directory) }
    }

    func make() throws {
        for path in [directory, mountPoint] {
            let parts = path.split(separator: "/")
            let parent = "/" + parts.dropLast().joined(separator: "/")
            do throws(SystemError) {
                try OpenFile(parent, for: .directory, following: true)
                    .makeDirectory(String(parts[parts.count - 1]), mode: 0o711)
            } catch {
                guard error.isTaken else { throw error }
            }
        }
    }

    /// - Parameter isClone: Whether another image may have the same filesystem, by its UUID.
    func mount(
        _ device: LoopDevice, _ filesystem: CephFilesystem, _ options: CephMountOptions,
        isClone: Bool, isReadOnly: Bool = false
    ) throws {
        let words = [options.text, isClone && filesystem == .xfs ? "nouuid" : ""]
        try Mounting.mount(
            device.path, on: OpenFile(mountPoint, for: .directory), type: filesystem.rawValue,
            isReadOnly ? [options.mountFlags, .readOnly] : options.mountFlags,
            options: words.filter { !$0.isEmpty }.joined(separator: ","))
    }

    /// Runs `body` while nothing is written to the filesystem, if it is mounted, and all that was
    /// is in the image.
    func heldStill<Answer>(_ body: () throws -> Answer) throws -> Answer {
        guard try isMounted else { return try body() }
        let root = try OpenFile(mountPoint, for: .directory)
        do throws(SystemError) {
            try root.freezeFilesystem()
        } catch {
            // Somebody else holds it still already.
            guard error.isBusy else { throw error }
            return try body()
        }
        let result = Result { try body() }
        try root.thawFilesystem()
        return try result.get()
    }

    /// Lets writes go on that a daemon which ended meanwhile held up.
    func thaw() throws { try OpenFile(mountPoint, for: .directory).thawFilesystem() }

    /// Gives a mounted image another size; returns its device, whose filesystem has not grown yet.
    func grow(to size: Int64) throws -> String {
        guard let entry = try MountTable().entry(at: mountPoint),
            let device = LoopDevice(
                at: entry.source, showing: try FileStatus(of: directory + "/image"))
        else {
            throw VolumeError.storage(
                action: "resize", reason: "\(mountPoint) does not show the image any more")
        }
        try mapper.resize(to: size, in: directory, device: device)
        return device.path
    }

    /// Unmounts and unmaps, if there is anything; throws, and keeps the rest, while somebody still
    /// has the filesystem open: what they write must reach the image.
    ///
    /// Returns false if what mapped the image had ended by itself, so that the cluster may not know
    /// yet that it is gone.
    @discardableResult
    func takeDown() throws -> Bool {
        guard (try? FileStatus(of: directory)) != nil else { return true }
        let isLost = !mapper.isMapped(in: directory)
        try unmount(lazily: isLost)
        if !isLost {
            try patiently("\(label): something on this host still has it open") {
                try !mapper.hasDevice(in: directory)
            }
        }
        try mapper.unmap(in: directory)
        try removeDirectories()
        return !isLost
    }

    private func unmount(lazily: Bool) throws {
        try patiently("\(label): something on this host still uses \(mountPoint)") {
            guard try isMounted else { return true }
            do throws(SystemError) {
                try Mounting.unmount(mountPoint, lazily: lazily)
            } catch {
                guard error.isBusy else { throw error }
                return false
            }
            return try !isMounted
        }
    }

    /// What a container's end leaves may take a moment to go.
    private func patiently(_ complaint: String, _ condition: () throws -> Bool) throws {
        guard try !Waiting.until(seconds: 10, condition) else { return }
        throw VolumeError.storage(action: "detach", reason: complaint)
    }

    private func removeDirectories() throws {
        let parts = directory.split(separator: "/")
        let parent = try OpenFile(
            "/" + parts.dropLast().joined(separator: "/"), for: .directory, following: true)
        for (room, name) in [
            (try OpenFile(directory, for: .directory), "fs"),
            (parent, String(parts[parts.count - 1])),
        ] {
            do { try room.removeDirectory(name) } catch {
                guard error.isMissing else { throw error }
            }
        }
    }
}
