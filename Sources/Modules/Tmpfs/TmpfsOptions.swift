import Volumes

/// What a tmpfs volume was asked to be.
struct TmpfsOptions: Hashable, Sendable {
    static let known = [
        DriverOption("size", "how much fits, such as 512m or 10G", default: "64MiB"),
        DriverOption("opt.size", "the same as size"),
        DriverOption("Size", "the same as size"),
        DriverOption("opt.Size", "the same as size"),
        DriverOption("mode", "the root's permissions, in octal", default: "1777"),
        DriverOption("uid", "the root's owner, a number", default: "0"),
        DriverOption("gid", "the root's group, a number", default: "0"),
        DriverOption("nr_inodes", "how many files fit", default: "the kernel's choice"),
        DriverOption("mount", "a mount point of your own", default: "one below --tmpfs-dir"),
    ]

    private static let sizes = ["size", "opt.size", "Size", "opt.Size"]

    /// How the size was spelt.
    static func sizeOption(in options: [String: String]) -> String {
        sizes.first { options[$0] != nil } ?? "size"
    }

    let size: ByteCount
    let mode: UInt32
    let uid: UInt32?
    let gid: UInt32?
    let inodes: UInt64?
    /// As the user wrote it.
    let mount: String?

    init(_ options: [String: String]) throws(VolumeError) {
        let sizes = Self.sizes.filter { options[$0] != nil }
        if let one = sizes.first, let other = sizes.dropFirst().first {
            throw .invalidOption(
                other, value: options[other] ?? "", reason: "the size is given by \(one) already")
        }
        size =
            try sizes.first.flatMap { options[$0] }
            .map { text throws(VolumeError) in try ByteCount(text) } ?? ByteCount(bytes: 64 << 20)
        mode = try RootOptions.mode(in: options) ?? 0o1777
        uid = try RootOptions.id("uid", in: options)
        gid = try RootOptions.id("gid", in: options)
        inodes = try Self.inodes(in: options)
        mount = options["mount"]
    }

    private static func inodes(in options: [String: String]) throws(VolumeError) -> UInt64? {
        guard let text = options["nr_inodes"] else { return nil }
        // The kernel counts them in a signed long, and takes 0 for no limit at all.
        guard let count = UInt64(text), (1...UInt64(Int64.max)).contains(count) else {
            throw .invalidOption("nr_inodes", value: text, reason: "give a number above zero")
        }
        return count
    }

    /// As mount(2) takes them for a tmpfs; see tmpfs(5).
    var mountOptions: String {
        var options = ["size=\(size.bytes)", "mode=\(String(mode, radix: 8))"]
        if let uid { options.append("uid=\(uid)") }
        if let gid { options.append("gid=\(gid)") }
        if let inodes { options.append("nr_inodes=\(inodes)") }
        return options.joined(separator: ",")
    }
}
