import Volumes

/// What makes a local volume's limits hold, and counts what is in it.
enum Backing: Hashable, Sendable {
    /// Nothing does.
    case directory
    /// The filesystem's project quota, by the id that all files carry.
    case project(UInt32)
    /// A subvolume of btrfs, by its qgroup.
    case subvolume
    /// A filesystem of its own, in a file.
    case image(ImageFilesystem)

    /// As it was remembered.
    init(of volume: Volume) {
        let handle = volume.handle
        if let id = handle["project"].flatMap(UInt32.init) {
            self = .project(id)
        } else if handle["backing"] == "subvolume" {
            self = .subvolume
        } else if handle["backing"] == "image" {
            self = .image(handle["fs"].flatMap(ImageFilesystem.init) ?? .ext4)
        } else {
            self = .directory
        }
    }

    var project: UInt32? {
        if case .project(let id) = self { id } else { nil }
    }

    var image: ImageFilesystem? {
        if case .image(let filesystem) = self { filesystem } else { nil }
    }

    /// What to remember of it.
    var handle: [String: String] {
        switch self {
        case .directory: [:]
        case .project(let id): ["project": "\(id)"]
        case .subvolume: ["backing": "subvolume"]
        case .image(let filesystem): ["backing": "image", "fs": filesystem.rawValue]
        }
    }
}

extension Backing: CustomStringConvertible {
    var description: String {
        switch self {
        case .directory: "directory"
        case .project(let id): "directory, project \(id)"
        case .subvolume: "subvolume"
        case .image(let filesystem): "image, \(filesystem)"
        }
    }
}

extension Limits {
    /// As they were remembered.
    init(of volume: Volume) {
        self.init(
            size: volume.handle["size"].flatMap { Int64($0) }.map { ByteCount(bytes: $0) },
            inodes: volume.handle["inodes"].flatMap { Int64($0) })
    }

    var handle: [String: String] {
        var handle: [String: String] = [:]
        handle["size"] = size.map { "\($0.bytes)" }
        handle["inodes"] = inodes.map { "\($0)" }
        return handle
    }
}

/// A filesystem that an image can hold.
enum ImageFilesystem: String, Sendable, CaseIterable {
    case ext4, xfs, btrfs

    /// What mkfs needs, in bytes.
    var smallest: Int64 {
        switch self {
        case .ext4: 4 << 20
        case .xfs: 300 << 20
        case .btrfs: 109 << 20
        }
    }

    var package: String {
        switch self {
        case .ext4: "e2fsprogs"
        case .xfs: "xfsprogs"
        case .btrfs: "btrfs-progs"
        }
    }
}
