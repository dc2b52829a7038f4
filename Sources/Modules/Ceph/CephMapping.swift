import FoundationEssentials
import Linux
import Volumes

/// What one volume has on this host while it is attached: a directory with what maps its image,
/// and a mount of the filesystem in it. Every call blocks.
struct CephMapping: Sendable {
    let directory: String
    /// The volume's name, for the device.
    let label: String

    /// Where the filesystem is mounted.
    var mountPoint: String { directory + "/fs" }

    static func directory(of volume: Volume, below directory: String) -> String {
        // Short: a socket's path has 107 bytes.
        "\(directory)/\(volume.id.prefix(16))"
    }

    init(of volume: Volume, below directory: String) {
        self.directory = Self.directory(of: volume, below: directory)
        label = volume.name.description
    }

    /// A directory that belongs to no volume any more.
    init(at directory: String) {
        self.directory = directory
        label = ""
    }

    /// What maps the image here, and why it was chosen; nil before that was chosen.
    var choice: MapperChoice? {
        get throws {
            guard let text = try chosen() else { return nil }
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            let name = lines.first.map(String.init) ?? ""
            guard let mapper = MapperChoice.mapper(named: name) else {
                throw VolumeError.storage(
                    action: "look at \(directory)", reason: "its file mapper names none: \(name)")
            }
            return MapperChoice(mapper, reason: lines.dropFirst().first.map(String.init) ?? "")
        }
    }

    /// Nil if nothing was ever begun to be mapped here.
    private func chosen() throws(SystemError) -> String? {
        do {
            let text = try OpenFile.text(at: choiceFile)
            // What was not written to its end had nothing begun yet.
            return text.hasSuffix("\n") ? text : nil
        } catch {
            guard error.isMissing else { throw error }
            // Versions before knew one mapper only, and wrote nothing down.
            let isOlder = (try? FileStatus(of: directory + "/image")) != nil
            return isOlder ? "qemu\n" : nil
        }
    }

    private var choiceFile: String { directory + "/mapper" }

    var isMounted: Bool {
        get throws { try MountTable().entry(at: mountPoint) != nil }
    }

    /// Whether the volume can be used as it is.
    var isWhole: Bool {
        get throws { try isMounted && choice?.mapper.isMapped(in: directory) == true }
    }

    /// Makes the directories, and notes what is to map the image before it does.
    func make(for choice: MapperChoice) throws {
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
        try Data("\(choice.mapper.name)\n\(choice.reason)\n".utf8)
            .write(to: URL(filePath: choiceFile))
    }

    /// The mapper that has the image; throws if none has.
    func mapper() throws -> any Mapper {
        guard let mapper = try choice?.mapper else {
            throw VolumeError.storage(
                action: "look at \(directory)", reason: "nothing maps the image here")
        }
        return mapper
    }

    /// - Parameter isClone: Whether another image may have the same filesystem, by its UUID.
    func mount(
        _ device: MappedDevice, _ filesystem: CephFilesystem, _ options: CephMountOptions,
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
        guard let entry = try MountTable().entry(at: mountPoint) else {
            throw VolumeError.storage(
                action: "resize", reason: "\(mountPoint) does not show the image any more")
        }
        return try mapper().resize(to: size, in: directory, mountedFrom: entry.source)
    }

    /// Unmounts and unmaps, if there is anything; throws, and keeps the rest, while somebody still
    /// has the filesystem open: what they write must reach the image.
    ///
    /// Returns false if what mapped the image had ended by itself, so that the cluster may not know
    /// yet that it is gone.
    @discardableResult
    func takeDown() throws -> Bool {
        guard (try? FileStatus(of: directory)) != nil else { return true }
        let mapper = try choice?.mapper
        let isLost = mapper?.isMapped(in: directory) == false
        try unmount(lazily: isLost)
        if let mapper { try unmap(mapper, isLost) }
        try removeDirectories()
        return !isLost
    }

    private func unmap(_ mapper: any Mapper, _ isLost: Bool) throws {
        try patiently("\(label): something on this host still has it open") {
            guard try isLost || !mapper.isInUse(in: directory) else { return false }
            do {
                try mapper.unmap(in: directory)
                return true
            } catch let error as SystemError where error.isBusy {
                return false
            }
        }
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
        let room = try OpenFile(directory, for: .directory)
        do { try room.removeFile("mapper") } catch { guard error.isMissing else { throw error } }
        for (room, name) in [
            (room, "fs"),
            (parent, String(parts[parts.count - 1])),
        ] {
            do { try room.removeDirectory(name) } catch {
                guard error.isMissing else { throw error }
            }
        }
    }
}
