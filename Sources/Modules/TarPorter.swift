import Linux
public import Volumes

/// Carries content as tar streams, through libarchive.
///
/// An import lies in a directory in the volume until it is whole. Its name says how far it is: what
/// is `unpacked` waits for the rest to be deleted, what is `adopted` is moved up, piece by piece.
public struct TarPorter: Porter {
    private static let unpacked = ".pouch-import"
    private static let adopted = ".pouch-import.adopted"
    /// What mkfs leaves in every fresh ext4.
    private static let lostAndFound = "lost+found"
    static let seconds = 60

    /// Called after each step, with its name; tests stop the daemon here.
    let step: @Sendable (String) -> Void

    public init(step: @escaping @Sendable (String) -> Void = { _ in }) {
        self.step = step
    }

    public func pack(
        _ path: String, _ compression: ArchiveCompression,
        _ take: (_ bytes: [UInt8]) async throws -> Void
    ) async throws {
        let root = try await Blocking.run("open \(path)", seconds: Self.seconds) {
            try OpenFile(path, for: .directory)
        }
        let subject = Archiving.Subject(
            root: root, directory: root, name: ".", as: ".", keepsToMount: true)
        let format = Archiving.Compression(rawValue: compression.rawValue) ?? .none
        do {
            try await ByteFlow.read("pack \(path)") { descriptor in
                try Archiving.pack(subject, to: descriptor, format)
            } _: { bytes in
                try await take(bytes)
            }
        } catch let error as ArchiveError {
            throw VolumeError.storage(action: "export", reason: "\(error)")
        }
    }

    public func isEmpty(_ path: String) async throws -> Bool {
        try await Blocking.run("look at \(path)", seconds: Self.seconds) {
            try OpenFile(path, for: .directory).names().allSatisfy(Self.isOurs)
        }
    }

    private static func isOurs(_ name: String) -> Bool {
        [unpacked, adopted, lostAndFound].contains(name)
    }

    public func unpack(
        _ path: String,
        _ give: (_ write: @escaping (_ bytes: [UInt8]) async throws -> Void) async throws -> Void
    ) async throws {
        let stage = try await Blocking.run("import into \(path)", stalledFor: Self.seconds) {
            try Self.stage(Self.unpacked, in: path, $0)
        }
        var ending = TarEnding()
        let kind: Archiving.Compression?
        do {
            kind = try await ByteFlow.write("import into \(path)") { descriptor in
                try Archiving.unpack(from: descriptor, into: stage, below: stage)
            } _: { write in
                try await give { bytes in
                    ending.take(bytes)
                    try await write(bytes)
                }
            }
        } catch let error as ArchiveError {
            throw error.isMalformed
                ? VolumeError.badArchive("\(error)")
                : VolumeError.storage(action: "import", reason: "\(error)")
        }
        guard kind != Archiving.Compression.none || ending.isThere else {
            throw VolumeError.badArchive("not a whole tar archive: it ends too early")
        }
        try await Blocking.run("settle \(path)", seconds: 300) { try stage.syncFilesystem() }
    }

    /// An empty directory that looks like the volume's root.
    @discardableResult
    static func stage(
        _ name: String, in path: String, _ pulse: Pulse
    ) throws -> OpenFile {
        try Tree.remove("\(path)/\(name)", pulse: pulse)
        let root = try OpenFile(path, for: .directory)
        let status = try root.status()
        try root.makeDirectory(name, mode: 0o700)
        let stage = try root.open(name, for: .directory)
        try stage.changeOwner(user: status.user, group: status.group)
        try stage.changeMode(status.mode)
        return stage
    }

    public func discard(_ path: String) async throws {
        try await Blocking.run("clear \(path)", stalledFor: Self.seconds) { pulse in
            try Tree.remove("\(path)/\(Self.unpacked)", pulse: pulse)
        }
    }

    public func adopt(_ path: String) async throws {
        try await Blocking.run("replace what is in \(path)", stalledFor: Self.seconds) {
            [step] pulse in
            let root = try OpenFile(path, for: .directory)
            if try root.status(of: Self.unpacked) != nil {
                for name in try root.names() where !Self.isOurs(name) {
                    try Tree.remove("\(path)/\(name)", pulse: pulse)
                }
                step("import.emptied")
                try root.rename(Self.unpacked, to: root, as: Self.adopted)
                try root.sync()
                step("import.renamed")
            }
            guard try root.status(of: Self.adopted) != nil else { return }
            let adopted = try root.open(Self.adopted, for: .directory)
            let status = try adopted.status()
            for name in try adopted.names() {
                try pulse.beat()
                try adopted.rename(name, to: root, as: name, .replace)
                step("import.moved")
            }
            try Archiving.dress(root, as: adopted, at: status)
            try root.removeDirectory(Self.adopted)
            // Once more: its time was when the last entry came and went.
            try Archiving.dress(root, as: adopted, at: status)
            try root.syncFilesystem()
        }
    }
}

/// Whether a tar stream that is not compressed comes to its end: two blocks of zeros.
private struct TarEnding {
    private static let length = 1024
    private var last: [UInt8] = []

    mutating func take(_ bytes: [UInt8]) {
        last = Array((last + bytes.suffix(Self.length)).suffix(Self.length))
    }

    var isThere: Bool { last.count == Self.length && last.allSatisfy { $0 == 0 } }
}
