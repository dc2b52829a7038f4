import Volumes

/// What a local volume was asked to be.
struct LocalOptions: Hashable, Sendable {
    /// Where a volume's files are, if somebody chose.
    enum Place: String, Sendable, CaseIterable {
        case directory, subvolume, image
    }

    /// All spellings of a size; the original had them.
    static let sizes = ["size", "opt.size", "Size", "opt.Size"]

    static let all =
        [
            DriverOption(
                "mount", "an existing directory of yours to use as it is; never deleted",
                default: "a directory of pouchd's own"),
            DriverOption("uid", "the owner of pouchd's directory, a number", default: "0"),
            DriverOption("gid", "the group of pouchd's directory, a number", default: "0"),
            DriverOption(
                "mode", "the permissions of pouchd's directory, in octal", default: "0755"),
            DriverOption("size", "how much fits, such as 512m or 10G", default: "no limit"),
            DriverOption("opt.size", "the same as size"),
            DriverOption("Size", "the same as size"),
            DriverOption("opt.Size", "the same as size"),
            DriverOption("inodes", "how many files fit, a number", default: "no limit"),
            DriverOption(
                "backing", "directory, subvolume or image", default: "what the filesystem does best"
            ),
            DriverOption("fs", "an image's filesystem: ext4, xfs or btrfs", default: "ext4"),
        ] + DeviceOptions.all

    static let usualMode: UInt32 = 0o755

    let uid: UInt32?
    let gid: UInt32?
    let mode: UInt32?
    /// As the user wrote it.
    let mount: String?
    let limits: Limits
    let place: Place?
    let filesystem: ImageFilesystem?
    /// What is mounted instead of a directory of ours.
    let device: DeviceOptions?

    /// Whether our directory is to be as it is made.
    var isPlain: Bool { uid == nil && gid == nil && (mode == nil || mode == Self.usualMode) }

    /// - Parameter usualSize: For a volume of ours that is given none.
    init(_ options: [String: String], usualSize: ByteCount? = nil) throws(VolumeError) {
        uid = try RootOptions.id("uid", in: options)
        gid = try RootOptions.id("gid", in: options)
        mode = try RootOptions.mode(in: options)
        mount = options["mount"]
        device = try DeviceOptions(options)
        let size = try Self.size(in: options)
        let isOurs = options["mount"] == nil && device == nil
        limits = Limits(
            size: size ?? (isOurs ? usualSize : nil),
            inodes: try Self.inodes(in: options))
        place = try Self.choice("backing", in: options)
        filesystem = try Self.choice("fs", in: options)
        try checkDevice(options)
        guard mount != nil else { return }
        try Self.refuse(
            ["uid", "gid", "mode"], in: options,
            because: "a directory given with mount= stays as it is; chown and chmod it yourself")
        try Self.refuse(
            ["backing", "fs"], in: options,
            because: "a directory given with mount= is what it is; leave this out")
    }

    /// What is mounted has its own size and owners.
    private func checkDevice(_ options: [String: String]) throws(VolumeError) {
        guard let device else { return }
        try Self.refuse(
            Self.sizes + ["inodes", "uid", "gid", "mode"], in: options,
            because: device.isMemory
                ? "beside type=\(device.type) it goes into o=, such as o=size=100m,uid=1000"
                : "what type= and device= mount is as it is; leave this out")
        try Self.refuse(
            ["mount", "backing", "fs"], in: options,
            because: "type= and device= say already what the volume is; leave this out")
    }

    /// How the size was spelt.
    static func sizeOption(in options: [String: String]) -> String {
        sizes.first { options[$0] != nil } ?? "size"
    }

    private static func size(in options: [String: String]) throws(VolumeError) -> ByteCount? {
        let given = sizes.filter { options[$0] != nil }
        if let one = given.first, let other = given.dropFirst().first {
            throw .invalidOption(
                other, value: options[other] ?? "", reason: "the size is given by \(one) already")
        }
        return try given.first.flatMap { options[$0] }
            .map { text throws(VolumeError) in try ByteCount(text) }
    }

    private static func inodes(in options: [String: String]) throws(VolumeError) -> Int64? {
        guard let text = options["inodes"] else { return nil }
        guard let count = Int64(text), text.first != "+", (16...Int64(UInt32.max)).contains(count)
        else {
            throw .invalidOption(
                "inodes", value: text, reason: "give a number from 16 to \(UInt32.max)")
        }
        return count
    }

    private static func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ option: String, in options: [String: String]
    ) throws(VolumeError) -> Choice? {
        guard let text = options[option] else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let all = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw .invalidOption(option, value: text, reason: "give one of \(all)")
        }
        return choice
    }

    private static func refuse(
        _ names: [String], in options: [String: String], because reason: String
    ) throws(VolumeError) {
        guard let option = names.first(where: { options[$0] != nil }) else { return }
        throw .invalidOption(option, value: options[option] ?? "", reason: reason)
    }
}
