import CSIAPI
import GRPCCore
import Linux
import Volumes

/// How a volume is to be used: a volume capability of the interface, parsed.
struct Access: Hashable, Sendable {
    /// Only what every client of the interface knows.
    enum Mode: String, Sendable {
        case singleNodeWriter = "SINGLE_NODE_WRITER"
        case singleNodeReader = "SINGLE_NODE_READER_ONLY"
        case multiNodeReader = "MULTI_NODE_READER_ONLY"
        case multiNodeSingleWriter = "MULTI_NODE_SINGLE_WRITER"
        case multiNodeWriter = "MULTI_NODE_MULTI_WRITER"

        var isReadOnly: Bool { self == .singleNodeReader || self == .multiNodeReader }
        /// Whether several workloads may have the volume, each at a place of its own.
        var isShared: Bool { self != .singleNodeWriter && self != .singleNodeReader }
    }

    let mode: Mode
    /// Empty for whatever the volume has.
    let filesystem: String
    /// Sorted.
    let flags: [String]

    /// What a call asks for: one that is not offered makes the call invalid.
    init(asked capability: Csi_V1_VolumeCapability) throws {
        do {
            try self.init(capability)
        } catch let unsupported as Unsupported {
            throw RPCError.invalid(unsupported.reason)
        }
    }

    /// Throws ``Unsupported`` for what is well said but not offered.
    init(_ capability: Csi_V1_VolumeCapability) throws {
        guard let type = capability.accessType else {
            throw RPCError.invalid("volume_capability: access_type is missing: say mount")
        }
        guard capability.hasAccessMode, capability.accessMode.mode != .unknown else {
            throw RPCError.invalid("volume_capability: access_mode is missing")
        }
        switch type {
        case .block:
            throw Unsupported(
                "block access is not offered: pouchd's volumes are filesystems; ask for mount")
        case .mount(let mount):
            guard mount.volumeMountGroup.isEmpty else {
                throw Unsupported(
                    "volume_mount_group is not offered: let the orchestrator change the group, or "
                        + "give the parameters gid and mode")
            }
            filesystem = mount.fsType
            flags = Set(mount.mountFlags.flatMap { $0.split(separator: ",").map(String.init) })
                .sorted()
        }
        mode = try Self.mode(capability.accessMode.mode)
        if let unknown = flags.first(where: { Self.known[$0] == nil }) {
            // A flag's value may be a secret.
            throw Unsupported(
                "mount flag \"\(unknown.prefix { $0 != "=" })\" is not offered: use "
                    + Self.known.keys.sorted().joined(separator: ", "))
        }
    }

    private static func mode(
        _ mode: Csi_V1_VolumeCapability.AccessMode.Mode
    ) throws -> Mode {
        switch mode {
        case .singleNodeWriter: .singleNodeWriter
        case .singleNodeReaderOnly: .singleNodeReader
        case .multiNodeReaderOnly: .multiNodeReader
        case .multiNodeSingleWriter: .multiNodeSingleWriter
        case .multiNodeMultiWriter: .multiNodeWriter
        default:
            throw Unsupported(
                "access mode \(mode) is not offered: use SINGLE_NODE_WRITER, or "
                    + "MULTI_NODE_MULTI_WRITER for several workloads on this host")
        }
    }

    /// Of mount(8), those that one mount of a filesystem can have apart from others.
    private static let known: [String: Mounting.Flags] = [
        "defaults": [], "rw": [], "exec": [], "suid": [], "dev": [],
        "ro": .readOnly, "noexec": .noExecution, "nosuid": .noSetuid, "nodev": .noDevices,
        "noatime": .noAccessTimes, "nodiratime": .noDirectoryAccessTimes,
        "relatime": .relativeAccessTimes, "strictatime": .strictAccessTimes,
    ]

    func mountFlags(readOnly: Bool) -> Mounting.Flags {
        let words = flags.compactMap { Self.known[$0] }.reduce(Mounting.Flags()) { $0.union($1) }
        return readOnly || mode.isReadOnly ? words.union(.readOnly) : words
    }

    /// In words that stay the same for the same meaning; what is remembered of it.
    var description: String {
        (["mount", mode.rawValue] + (filesystem.isEmpty ? [] : ["fs=\(filesystem)"]) + flags)
            .joined(separator: " ")
    }

    /// What keeps the volume from being used so; nil if nothing does.
    func obstacle(in volume: Volume) -> String? {
        guard !filesystem.isEmpty else { return nil }
        let has = Self.filesystem(of: volume)
        guard has != filesystem else { return nil }
        return "fs_type \"\(filesystem)\" can't be had: volume \(volume.name) "
            + (has.map { "has \($0)" } ?? "is a directory of the host's filesystem")
            + "; leave it empty"
    }

    /// Nil for a volume that has none of its own.
    private static func filesystem(of volume: Volume) -> String? {
        let options = volume.options ?? [:]
        return switch volume.driver {
        case "tmpfs": "tmpfs"
        case "ceph": options["fs"] ?? "ext4"
        case _ where options["backing"] == "image": options["fs"] ?? "ext4"
        default: options["fs"]
        }
    }
}

/// A wish that is well said, and that we don't fulfil.
struct Unsupported: Error {
    let reason: String

    init(_ reason: String) {
        self.reason = reason
    }
}
