import CLinux
import Glibc

/// Which filesystem something lies on, told so that it can be compared after a reboot.
///
/// Device numbers and names change from boot to boot; what is on the disk does not.
public struct FilesystemIdentity: Hashable, Sendable {
    /// The kernel's number for the kind of filesystem.
    private let type: String
    /// What the filesystem carries on its disk, where the kernel tells.
    private let uuid: String?
    /// What statfs says, where it says anything.
    private let id: String?
    /// What was mounted; tells network filesystems apart, which have neither.
    private let source: String?

    /// Reads what ``text`` wrote.
    public init?(_ text: String) {
        // What was mounted comes last and may itself contain anything.
        let start = text.firstRange(of: " source=")
        source = start.map { String(text[$0.upperBound...]) }
        let fields = text[..<(start?.lowerBound ?? text.endIndex)].split(separator: " ")
            .map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
        let values = Dictionary(
            fields.compactMap { $0.count == 2 ? ($0[0], $0[1]) : nil },
            uniquingKeysWith: { first, _ in first })
        guard let type = values["type"] else { return nil }
        self.type = type
        uuid = values["uuid"]
        id = values["id"]
    }

    init(type: Int64, uuid: [UInt8], id: UInt64, source: String?) {
        self.type = String(type, radix: 16)
        self.uuid = uuid.isEmpty ? nil : uuid.map(Self.hex).joined()
        self.id = id == 0 ? nil : String(id, radix: 16)
        self.source = source
    }

    private static func hex(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }

    /// To be remembered.
    public var text: String {
        let fields = [("type", type), ("uuid", uuid), ("id", id), ("source", source)]
        return fields.compactMap { name, value in value.map { "\(name)=\($0)" } }
            .joined(separator: " ")
    }

    /// Whether both are one filesystem, by the best that is known of both: another kernel may
    /// tell more or less.
    public func isSame(as other: FilesystemIdentity) -> Bool {
        guard type == other.type else { return false }
        if let uuid, let others = other.uuid { return uuid == others }
        if let id, let others = other.id { return id == others }
        return source == other.source
    }
}

extension OpenFile {
    /// Which filesystem holds the object.
    public func filesystemIdentity() throws(SystemError) -> FilesystemIdentity {
        var filesystem = clinux_filesystem_status()
        try answered("statfs", path) { clinux_filesystem(descriptor, &filesystem) }
        var uuid = [UInt8](repeating: 0, count: 16)
        let length = clinux_filesystem_uuid(descriptor, &uuid)
        let bytes = uuid.prefix(max(0, Int(length)))
        // Only asked for where nothing better is known: it takes reading the mount table.
        let isNameless = bytes.isEmpty && filesystem.id == 0
        return FilesystemIdentity(
            type: filesystem.type, uuid: Array(bytes), id: filesystem.id,
            source: isNameless ? try mountEntry()?.source : nil)
    }

    /// The same for people: `ext4 /dev/vda at /`.
    public func filesystemDescription() throws(SystemError) -> String {
        guard let entry = try mountEntry() else { return "an unknown filesystem" }
        return "\(entry.type) \(entry.source) at \(entry.path)"
    }

    /// Where the directory is in its filesystem, however that is mounted: what two paths show is
    /// the same, or inside one another, if this is.
    public func placeInFilesystem() throws(SystemError) -> (filesystem: String, path: String) {
        let path = try canonicalPath()
        guard let entry = try mountEntry() else {
            throw SystemError("find the mount of", path, errno: ENOENT)
        }
        let below = entry.path == "/" ? path : String(path.dropFirst(entry.path.count))
        let whole = entry.root == "/" ? below : entry.root + below
        return (entry.device, whole.isEmpty ? "/" : whole)
    }

    private func mountEntry() throws(SystemError) -> MountTable.Entry? {
        let id = try status().mount
        return try MountTable().entries.first { $0.id == id }
    }
}
