/// What is mounted where, as this process sees it now.
public struct MountTable: Sendable {
    public struct Entry: Hashable, Sendable {
        public let id: UInt64
        public let parent: UInt64
        /// The filesystem's number until it is unmounted: `98:0`.
        public let device: String
        /// Where it is mounted.
        public let path: String
        /// Which part of the filesystem is shown there.
        public let root: String
        public let type: String
        public let source: String
        /// Of this mount: `ro`, `nosuid`.
        public let options: [String]
        /// Of the filesystem.
        public let filesystemOptions: [String]
        /// `shared:5`, `master:2`; none means private.
        public let propagation: [String]
    }

    /// In the order in which they were mounted.
    public let entries: [Entry]

    public init() throws(SystemError) {
        self.init(parsing: try OpenFile.bytes(at: "/proc/self/mountinfo"))
    }

    /// As another process sees it.
    public init(of process: Int32) throws(SystemError) {
        self.init(parsing: try OpenFile.bytes(at: "/proc/\(process)/mountinfo"))
    }

    init(parsing text: [UInt8]) {
        entries = text.split(separator: UInt8(ascii: "\n")).compactMap(Entry.init)
    }

    /// What one sees at `path` if something is mounted right there.
    public func entry(at path: String) -> Entry? {
        entries.last { $0.path == path }
    }

    /// What is mounted at `path` or anywhere below it.
    public func entries(atOrBelow path: String) -> [Entry] {
        let prefix = path.hasSuffix("/") ? path : path + "/"
        return entries.filter { $0.path == path || $0.path.hasPrefix(prefix) }
    }
}

extension MountTable.Entry {
    /// `36 35 98:0 /root /mount/point rw,noatime shared:1 - ext4 /dev/vda rw`
    init?(line: ArraySlice<UInt8>) {
        let fields = line.split(separator: UInt8(ascii: " ")).map(Self.unescaped)
        guard let dash = fields.dropFirst(6).firstIndex(of: "-"), fields.count >= dash + 4,
            let id = UInt64(fields[0]), let parent = UInt64(fields[1])
        else { return nil }
        self.id = id
        self.parent = parent
        device = fields[2]
        root = fields[3]
        path = fields[4]
        options = Self.list(fields[5])
        propagation = Array(fields[6..<dash])
        type = fields[dash + 1]
        source = fields[dash + 2]
        filesystemOptions = Self.list(fields[dash + 3])
    }

    private static func list(_ text: String) -> [String] {
        text.split(separator: ",").map(String.init)
    }

    /// The kernel writes space, tab, newline and backslash as `\` and three octal digits.
    private static func unescaped(_ field: ArraySlice<UInt8>) -> String {
        guard field.contains(UInt8(ascii: "\\")) else {
            return String(decoding: field, as: UTF8.self)
        }
        var bytes: [UInt8] = []
        var rest = field
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3).map { $0 &- UInt8(ascii: "0") }
            let isEscape =
                byte == UInt8(ascii: "\\") && digits.count == 3 && digits.allSatisfy { $0 < 8 }
            guard isEscape else {
                bytes.append(byte)
                continue
            }
            bytes.append(digits.reduce(0) { $0 << 3 | $1 })
            rest.removeFirst(3)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
