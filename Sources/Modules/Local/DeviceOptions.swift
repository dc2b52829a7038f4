import Linux
import Volumes

/// What Docker's `type`, `device` and `o` ask for: something that the kernel mounts.
struct DeviceOptions: Hashable, Sendable {
    /// The filesystem, as the kernel calls it; `none` for a bind.
    let type: String
    /// What is mounted: a block device, a directory, `server:/path`, or just a word.
    let device: String
    let words: MountWords

    static let names = ["type", "device", "o"]

    static let all = [
        DriverOption("type", "the filesystem to mount, such as nfs or tmpfs; none for a bind"),
        DriverOption("device", "what to mount: a device, a directory or server:/path"),
        DriverOption("o", "its mount options, as after mount -o"),
    ]

    /// Nil if none of them is given.
    init?(_ options: [String: String]) throws(VolumeError) {
        guard Self.names.contains(where: { options[$0] != nil }) else { return nil }
        type = try Self.required("type", in: options, "such as nfs, or none with o=bind")
        device = try Self.required("device", in: options, "what is to be mounted")
        words = try MountWords(options["o"] ?? "")
        guard type.allSatisfy({ !$0.isWhitespace && $0 != "/" }) else {
            throw .invalidOption("type", value: type, reason: "give a filesystem, such as nfs")
        }
        try checkBind()
    }

    private static func required(
        _ option: String, in options: [String: String], _ example: String
    ) throws(VolumeError) -> String {
        guard let value = options[option], !value.isEmpty else {
            let given = names.first { options[$0]?.isEmpty == false } ?? option
            throw .invalidOption(
                given, value: options[given] ?? "",
                reason: "missing required option: \"\(option)\": \(example)")
        }
        guard !value.utf8.contains(0) else {
            throw .invalidOption(option, value: value, reason: "leave out what is no text")
        }
        return value
    }

    var isBind: Bool { words.flags.contains(.bind) }

    /// Whether its content is memory, which goes when it is unmounted.
    var isMemory: Bool { ["tmpfs", "ramfs"].contains(type) }

    /// Memory would have lost what it was filled with before the first container sees it.
    var canBeFilled: Bool { !isMemory && !words.flags.contains(.readOnly) }

    /// Whether how full its filesystem is says how full the volume is.
    var isOwnFilesystem: Bool { isMemory || !isBind && device.hasPrefix("/dev/") }

    /// Where other directories are that the filesystem shows.
    var layers: [String] {
        guard type == "overlay" else { return [] }
        return words.data.filter { Self.layerWords.contains($0.name) }
            .flatMap { $0.value.split(separator: ":") }.map(String.init)
    }

    private static let layerWords: Set = [
        "lowerdir", "upperdir", "workdir", "lowerdir+", "datadir+",
    ]

    private func checkBind() throws(VolumeError) {
        let isNone = ["none", "bind"].contains(type)
        guard isBind == isNone else {
            throw .invalidOption(
                "type", value: type,
                reason: isNone
                    ? "it mounts nothing without o=bind: give that, or the filesystem's type"
                    : "o=bind shows a directory that is there: give type=none")
        }
        guard isBind else { return }
        if let word = words.data.first {
            throw .invalidOption(
                "o", value: word.name, reason: "a bind has no such option; leave it out")
        }
        let allowed = Mounting.Flags.ofOneMount.union([.bind, .recursive])
        guard words.flags.isSubset(of: allowed) else {
            throw .invalidOption(
                "o", value: words.description,
                reason: "sync, dirsync and lazytime are the whole filesystem's; leave them out")
        }
    }
}

extension DeviceOptions: CustomStringConvertible {
    /// Without the mount options: they may hold secrets.
    var description: String {
        isBind ? "directory \(device)" : "\(type) \(device)"
    }
}
