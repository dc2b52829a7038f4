import Containers
import FoundationEssentials
import Linux

/// A tar file with an image in it: what it holds by path, links followed.
struct ArchiveFile: Sendable {
    /// A file of the archive while it is being read.
    struct Contents: Sendable {
        let path: String
        let size: Int64
        fileprivate let reader: TarReader

        /// The next bytes; empty at the end.
        func next() async throws -> [UInt8] {
            try await Blocking.run("read an image archive", seconds: ArchiveFile.patience) {
                try reader.read(upTo: ContentStore.pieceSize)
            }
        }
    }

    fileprivate static let patience = 120
    /// Skipping a compressed file means reading it.
    private static let patienceForSkipping = 1200
    /// What is small is kept from the first reading; most documents are.
    private static let smallFile: Int64 = 256 << 10
    private static let mostKept: Int64 = 64 << 20
    private static let mostEntries = 1_000_000

    private let path: String
    private var sizes: [String: Int64] = [:]
    private var links: [String: String] = [:]
    private var kept: [String: [UInt8]] = [:]

    init(_ path: String) async throws {
        self = try await Blocking.run(
            "read \(path)", stalledFor: Self.patienceForSkipping
        ) { pulse in
            var archive = ArchiveFile(empty: path)
            try archive.index { try pulse.beat() }
            return archive
        }
    }

    private init(empty path: String) {
        self.path = path
    }

    private mutating func index(_ beat: () throws -> Void) throws {
        let reader = try TarReader(path)
        var roomLeft = Self.mostKept
        while let entry = try reader.next() {
            try beat()
            let name = Self.clean(entry.path)
            guard sizes.count + links.count < Self.mostEntries else {
                throw ImageProblem("it holds too many files")
            }
            switch entry.kind {
            case .file:
                sizes[name] = entry.size
                guard entry.size <= min(Self.smallFile, roomLeft) else { continue }
                kept[name] = try reader.read(upTo: Int(entry.size))
                roomLeft -= entry.size
            case .link(let target, let isSymbolic):
                links[name] = Self.clean(isSymbolic ? "\(name)/../\(target)" : target)
            case .directory, .other: continue
            }
        }
    }

    // MARK: - Looking

    /// Where the file is that `name` means; nil if there is none.
    func file(_ name: String) -> String? {
        var name = Self.clean(name)
        for _ in 0..<8 {
            if sizes[name] != nil { return name }
            guard let target = links[name] else { return nil }
            name = target
        }
        return nil
    }

    /// All of a file that is a document; nil if there is none.
    func document(_ name: String) async throws -> [UInt8]? {
        guard let file = file(name), let size = sizes[file] else { return nil }
        if let bytes = kept[file] { return bytes }
        guard size <= ImageContent.largestDocument else {
            throw ImageProblem("\(name) is too large for a document")
        }
        var bytes: [UInt8] = []
        try await read([file]) { contents in
            while case let more = try await contents.next(), !more.isEmpty { bytes += more }
        }
        return bytes
    }

    func document<Value: Decodable>(_ type: Value.Type, _ name: String) async throws -> Value? {
        guard let bytes = try await document(name) else { return nil }
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw ImageProblem("\(name) can't be understood: \(error)")
        }
    }

    /// Hands each of these files to `body` as the archive has them, in one go.
    func read(
        _ files: Set<String>, _ body: (Contents) async throws -> Void
    ) async throws {
        let path = path
        var missing = files
        let reader = try await Blocking.run("open \(path)", seconds: Self.patience) {
            try TarReader(path)
        }
        while !missing.isEmpty {
            let entry = try await Blocking.run(
                "read \(path)", seconds: Self.patienceForSkipping
            ) { try reader.next() }
            guard let entry else {
                throw ImageProblem("it ends before \(missing.sorted().joined(separator: ", "))")
            }
            let name = Self.clean(entry.path)
            guard entry.kind == .file, missing.remove(name) != nil else { continue }
            try await body(Contents(path: name, size: entry.size, reader: reader))
        }
    }

    /// A path without `.`, `..` and empty parts; none leads out of the archive.
    private static func clean(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return parts.joined(separator: "/")
    }
}
