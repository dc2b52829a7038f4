import Linux
import Volumes

/// What the filesystem under our directories could do for a volume.
enum Ground: Hashable, Sendable {
    /// ext4 or xfs that counts projects, and perhaps limits them.
    case projects(isEnforcing: Bool, mountedAt: String)
    /// ext4 or xfs that was not mounted so.
    case uncounted(type: String, mountedAt: String)
    case btrfs(counts: Bool, mountedAt: String)
    case other(type: String)

    init(under directory: OpenFile) throws {
        switch directory.projectQuotaState {
        case .enforcing: self = .projects(isEnforcing: true, mountedAt: "")
        case .counting:
            self = .projects(isEnforcing: false, mountedAt: try Self.entry(directory).path)
        case .absent where directory.isOnBtrfs:
            let counts = directory.countsSubvolumes
            self = .btrfs(counts: counts, mountedAt: counts ? "" : try Self.entry(directory).path)
        case .absent:
            let (type, path) = try Self.entry(directory)
            self =
                ["ext4", "xfs"].contains(type)
                ? .uncounted(type: type, mountedAt: path) : .other(type: type)
        }
    }

    private static func entry(_ directory: OpenFile) throws -> (type: String, path: String) {
        let words = try directory.filesystemDescription().split(separator: " ")
        return (String(words.first ?? ""), String(words.last ?? ""))
    }

    /// What would let it hold limits by itself, as a sentence part; nil if it does, or never can.
    var hint: String? {
        switch self {
        case .projects(true, _), .btrfs(true, _), .other: nil
        case .projects(false, let path), .uncounted(_, let path):
            "mounted with prjquota, \(path) would hold limits by itself"
        case .btrfs(false, let path):
            "after `btrfs quota enable \(path)`, or with pouchd's --btrfs-quota, \(path) would "
                + "hold limits by itself"
        }
    }
}

/// Which backing a new volume gets, and why.
struct Choice: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case directory, project, subvolume
        case image(ImageFilesystem)

        var image: ImageFilesystem? {
            if case .image(let filesystem) = self { filesystem } else { nil }
        }
    }

    let kind: Kind
    let reason: String

    init(for options: LocalOptions, on ground: Ground) throws(VolumeError) {
        let place = options.place ?? (options.filesystem == nil ? nil : .image)
        let (kind, reason): (Kind, String) =
            switch place {
            case .directory: try Self.directory(options, ground)
            case .subvolume: try Self.subvolume(options, ground)
            case .image: (.image(options.filesystem ?? .ext4), "it was asked for")
            case nil: Self.best(options, ground)
            }
        self.kind = kind
        self.reason = reason
        try checkFilesystemOption(options)
        try checkInodes(options)
        try checkSize(options)
    }

    /// What nearly all volumes get, found without a look at the table of mounts; nil if more must be
    /// known.
    static func withoutLimits(
        for options: LocalOptions, under directory: OpenFile
    ) throws(VolumeError) -> Choice? {
        guard options.limits == Limits(), options.place == nil, options.filesystem == nil,
            directory.projectQuotaState == .absent, !directory.isOnBtrfs
        else { return nil }
        return try Choice(for: options, on: .other(type: ""))
    }

    private static func best(_ options: LocalOptions, _ ground: Ground) -> (Kind, String) {
        let isLimited = options.limits.size != nil || options.limits.inodes != nil
        let image = Kind.image(.ext4)
        switch ground {
        case .projects(let isEnforcing, _) where isEnforcing || !isLimited:
            return (.project, "the filesystem has project quota")
        case .btrfs(true, _) where options.limits.inodes == nil:
            return (.subvolume, "the filesystem is btrfs and counts subvolumes")
        case .btrfs(true, _): return (image, "btrfs has no limit for inodes")
        default:
            guard isLimited else { return (.directory, "no limit was asked for") }
            let hint = ground.hint.map { "; \($0)" } ?? ""
            return (image, "the filesystem does not hold limits\(hint)")
        }
    }

    private static func directory(
        _ options: LocalOptions, _ ground: Ground
    ) throws(VolumeError) -> (Kind, String) {
        if case .projects(let isEnforcing, _) = ground,
            isEnforcing || options.limits == Limits()
        {
            return (.project, "it was asked for")
        }
        guard options.limits != Limits() else { return (.directory, "it was asked for") }
        throw .invalidOption(
            "backing", value: "directory",
            reason: "a directory has no limit on this filesystem; "
                + (ground.hint.map { "\($0); or " } ?? "") + "leave it out, or use image")
    }

    private static func subvolume(
        _ options: LocalOptions, _ ground: Ground
    ) throws(VolumeError) -> (Kind, String) {
        let refuse = { (reason: String) in
            VolumeError.invalidOption("backing", value: "subvolume", reason: reason)
        }
        guard case .btrfs(let counts, _) = ground else {
            throw refuse("only btrfs has subvolumes; leave it out, or use image")
        }
        guard options.limits.inodes == nil else {
            throw refuse("btrfs has no limit for inodes; leave inodes= out, or use image")
        }
        guard counts || options.limits.size == nil else {
            throw refuse("\(ground.hint ?? "no limit holds here"); or use image")
        }
        return (.subvolume, "it was asked for")
    }

    private func checkFilesystemOption(_ options: LocalOptions) throws(VolumeError) {
        guard let filesystem = options.filesystem, options.place != nil, options.place != .image
        else { return }
        throw .invalidOption(
            "fs", value: filesystem.rawValue, reason: "only an image has one; use backing=image")
    }

    private func checkInodes(_ options: LocalOptions) throws(VolumeError) {
        guard let inodes = options.limits.inodes, case .image(let filesystem) = kind,
            filesystem != .ext4
        else { return }
        throw .invalidOption(
            "inodes", value: "\(inodes)",
            reason: "\(filesystem) has no limit for inodes; use fs=ext4, or leave it out")
    }

    private func checkSize(_ options: LocalOptions) throws(VolumeError) {
        guard let size = options.limits.size else {
            guard case .image = kind else { return }
            throw .invalidOption("size", value: "", reason: "an image needs one, such as size=10G")
        }
        let (smallest, what): (Int64, String) =
            switch kind {
            case .image(let filesystem): (filesystem.smallest, "an image with \(filesystem)")
            case .subvolume: (1 << 20, "a subvolume")
            case .project, .directory: (64 << 10, "a directory")
            }
        guard size.bytes < smallest else { return }
        throw .invalidOption(
            "size", value: "\(size)",
            reason: "\(what) has at least \(ByteCount(bytes: smallest))")
    }
}
