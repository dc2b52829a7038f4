import Linux
import Volumes

/// A volume's own filesystem: a sparse file, shown at a mount point while somebody needs it.
///
/// The volume is a directory in the filesystem's root, so that nobody sees what mkfs leaves there.
struct VolumeImage: Sendable {
    let volume: Volume
    let filesystem: ImageFilesystem
    /// Where image files are, by the volumes' ids, and nothing else is.
    let directory: String
    /// Where they are mounted, by the volumes' ids.
    let mounts: String
    let step: @Sendable (String) -> Void

    static let suffix = ".img"
    /// An image that is not made yet.
    static let draftSuffix = ".new"
    private static let data = "data"

    var name: String { volume.id + Self.suffix }
    var path: String { "\(directory)/\(name)" }
    var mountPoint: String { "\(mounts)/\(volume.id)" }
    /// Where the volume is.
    var root: String { "\(mountPoint)/\(Self.data)" }

    static func root(of volume: Volume, below mounts: String) -> String {
        "\(mounts)/\(volume.id)/\(data)"
    }

    private var draft: String { volume.id + Self.draftSuffix }

    // MARK: Making

    func makeDraft(_ size: Int64) throws {
        let images = try OpenFile(directory, for: .directory)
        _ = try images.makeFile(draft, size: size)
    }

    var draftPath: String { "\(directory)/\(draft)" }

    func removeDraft() {
        try? unmount(at: mountPoint)
        try? OpenFile(directory, for: .directory).removeFile(draft)
    }

    /// Makes the volume's directory in the fresh filesystem, and gives that its name: from then on
    /// it is never formatted again. Returns what to remember of it.
    func finishDraft(_ options: LocalOptions) throws -> [String: String] {
        try mount(draftPath)
        let identity: String
        do {
            let top = try OpenFile(mountPoint, for: .directory)
            try top.makeDirectory(Self.data, mode: LocalOptions.usualMode)
            let root = try top.open(Self.data, for: .directory)
            if options.uid != nil || options.gid != nil {
                try root.changeOwner(user: options.uid, group: options.gid)
            }
            try root.changeMode(options.mode ?? LocalOptions.usualMode)
            try top.syncFilesystem()
            identity = try root.filesystemIdentity().text
        }
        try unmount(at: mountPoint)
        step("image.made")
        let images = try OpenFile(directory, for: .directory)
        try images.open(draft, for: .reading).sync()
        try images.rename(draft, to: images, as: name)
        try images.sync()
        return [
            "filesystem": identity,
            "filesystem-name": "\(filesystem) in \(path)",
        ]
    }

    // MARK: Mounting

    /// The device that is mounted, if it is this image's.
    func mounted() throws -> LoopDevice? {
        guard let entry = try MountTable().entry(at: mountPoint) else { return nil }
        guard let device = LoopDevice(at: entry.source, showing: try FileStatus(of: path)) else {
            throw VolumeError.unavailable(
                volume.name, expected: "\(path) at \(mountPoint)",
                found: "\(entry.type) \(entry.source) mounted there")
        }
        return device
    }

    /// Mounts it, unless it is mounted.
    func mount() throws {
        guard try mounted() == nil else { return }
        do {
            try mount(path)
        } catch let error as SystemError where error.isMissing {
            throw VolumeError.unavailable(
                volume.name, expected: "the image \(path)", found: "\(error)")
        }
    }

    private func mount(_ image: String) throws {
        let file = try OpenFile(image, for: .writing)
        let parent = try OpenFile(mounts, for: .directory)
        try parent.makeMissingDirectory(volume.id, mode: 0o711)
        let target = try parent.open(volume.id, for: .directory)
        // The device goes with its last user: with this object if the mount fails, or if we are
        // killed before it is made.
        let device = try LoopDevice(over: file, named: volume.name.description)
        step("image.attached")
        do {
            try Mounting.mount(
                device.path, on: target, type: filesystem.rawValue, [.noDevices],
                options: filesystem.mountOptions)
        } catch {
            try? parent.removeDirectory(volume.id)
            throw error
        }
        step("image.mounted")
    }

    /// Unmounts it, if it is mounted; the loop device goes with it.
    ///
    /// A program of the host's that still has a file in it keeps it until it leaves.
    func unmount() throws { try unmount(at: mountPoint) }

    private func unmount(at path: String) throws {
        while try MountTable().entry(at: path) != nil {
            do {
                try Mounting.unmount(path)
            } catch {
                guard error.isBusy else { throw error }
                try Mounting.unmount(path, lazily: true)
            }
        }
        do {
            try OpenFile(mounts, for: .directory).removeDirectory(volume.id)
        } catch {
            guard error.isMissing else { throw error }
        }
    }

    // MARK: Size

    var size: Int64 {
        get throws { Int64(clamping: try FileStatus(of: path).size) }
    }

    /// Lets the image have more room; its filesystem does not know yet.
    func lengthen(to size: Int64) throws {
        let file = try OpenFile(path, for: .writing)
        try file.resize(to: size)
        try file.sync()
        step("image.lengthened")
        try mounted()?.grow()
    }
}

extension ImageFilesystem {
    /// What is deleted gives its room in the file back.
    fileprivate var mountOptions: String {
        switch self {
        case .ext4, .xfs: "discard"
        case .btrfs: "discard=async"
        }
    }
}
