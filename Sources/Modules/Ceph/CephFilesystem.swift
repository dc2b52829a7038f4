import Volumes

/// A filesystem that an image may have, and how its tools are used.
enum CephFilesystem: String, CaseIterable, Sendable {
    case ext4, xfs, btrfs

    /// The Debian package with the tools.
    var package: String {
        switch self {
        case .ext4: "e2fsprogs"
        case .xfs: "xfsprogs"
        case .btrfs: "btrfs-progs"
        }
    }

    /// The smallest image that the tools take, in bytes.
    var smallest: ByteCount {
        switch self {
        case .ext4: ByteCount(bytes: 8 << 20)
        case .xfs: ByteCount(bytes: 300 << 20)
        case .btrfs: ByteCount(bytes: 128 << 20)
        }
    }

    /// Makes it on a device whose content may be lost.
    ///
    /// Nothing is discarded first: the image is fresh, and thousands of objects would be asked for.
    func make(on device: String, uuid: String, options: [String]) async throws {
        let words =
            switch self {
            case .ext4: ["-q", "-F", "-m", "0", "-E", "nodiscard", "-U", uuid]
            case .xfs: ["-q", "-f", "-K", "-m", "uuid=\(uuid)"]
            case .btrfs: ["-q", "-f", "-K", "-U", uuid]
            }
        try await Tool(name: "mkfs.\(rawValue)", package: package)
            .run(words + options + [device], seconds: 300)
    }

    /// Puts right what an unclean end left. The journals of xfs and btrfs do that at the mount.
    func check(on device: String) async throws {
        guard self == .ext4 else { return }
        // 1: was wrong and is right now. 2: the same, and a mounted one should be mounted again.
        try await Tool(name: "e2fsck", package: package)
            .run(["-p", device], seconds: 1800, accepted: [0, 1, 2, 3])
    }

    /// Grows it to all of its device, mounted at `mountPoint`.
    func grow(on device: String, mountedAt mountPoint: String) async throws {
        let (name, words) =
            switch self {
            case .ext4: ("resize2fs", [device])
            case .xfs: ("xfs_growfs", [mountPoint])
            case .btrfs: ("btrfs", ["filesystem", "resize", "max", mountPoint])
            }
        try await Tool(name: name, package: package).run(words, seconds: 1800)
    }

    /// Grows an ext4 to all of its device before it is mounted; the others grow mounted.
    func growUnmounted(on device: String) async throws {
        guard self == .ext4 else { return }
        try await Tool(name: "e2fsck", package: package)
            .run(["-f", "-p", device], seconds: 1800, accepted: [0, 1, 2, 3])
        try await Tool(name: "resize2fs", package: package).run([device], seconds: 1800)
    }
}

/// What the first blocks of an image say about the filesystem in it.
struct FilesystemSignature: Hashable, Sendable {
    let filesystem: CephFilesystem
    /// Lower case, with dashes.
    let uuid: String

    /// Nil if it is none of ours.
    init?(of image: CephImage) throws {
        guard try image.size >= 1 << 17 else { return nil }
        let start = try image.bytes(at: 0, count: 4096)
        if start[1080] == 0x53, start[1081] == 0xef {
            self.init(.ext4, start[1128..<1144])
        } else if start.starts(with: "XFSB".utf8) {
            self.init(.xfs, start[32..<48])
        } else {
            let block = try image.bytes(at: 1 << 16, count: 4096)
            guard block[64..<72].elementsEqual("_BHRfS_M".utf8) else { return nil }
            self.init(.btrfs, block[32..<48])
        }
    }

    private init(_ filesystem: CephFilesystem, _ bytes: ArraySlice<UInt8>) {
        self.filesystem = filesystem
        let digits = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
        uuid = [digits[0..<4], digits[4..<6], digits[6..<8], digits[8..<10], digits[10..<16]]
            .map { $0.joined() }.joined(separator: "-")
    }
}
