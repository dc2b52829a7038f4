import FoundationEssentials
import Subprocess
import SystemPackage
import Testing

/// `Package.swift` as SwiftPM reads it.
struct PackageMap: Decodable {
    let targets: [PackageTarget]

    /// Where `Package.swift` is.
    static let root = FilePath(#filePath)
        .removingLastComponent().removingLastComponent().removingLastComponent()

    /// Asks SwiftPM, without the lock that the running `swift test` holds; needs no network.
    static func load() async throws -> PackageMap {
        let dump = try await run(
            .name("swift"), arguments: ["package", "--ignore-lock", "dump-package"],
            workingDirectory: root, output: .string(limit: 4 << 20), error: .string(limit: 65536))
        try #require(dump.terminationStatus.isSuccess, "\(dump.standardError)")
        return try JSONDecoder().decode(PackageMap.self, from: Data(dump.standardOutput.utf8))
    }

    /// The targets that ship.
    var rooms: [PackageTarget] { targets.filter { $0.folder.hasPrefix("Sources/") } }
}

/// One target of `Package.swift`.
struct PackageTarget: Decodable {
    let name: String
    let path: String?
    let type: String
    let dependencies: [Dependency]

    /// The target's folder, seen from `Package.swift`.
    var folder: String { path ?? (type == "test" ? "Tests/\(name)" : "Sources/\(name)") }
    var isGenerated: Bool { folder.hasPrefix("Sources/Generated/") }

    /// What a target depends on: another target, or a product of another package.
    enum Dependency: Decodable, Hashable {
        case room(String)
        case product(String)

        private enum Kind: String, CodingKey { case byName, target, product }

        init(from decoder: any Decoder) throws {
            let kinds = try decoder.container(keyedBy: Kind.self)
            let kind = try #require(kinds.allKeys.first)
            let words = try kinds.decode([FirstString].self, forKey: kind)
            let name = try #require(words.first?.text)
            self = kind == .product ? .product(name) : .room(name)
        }
    }

    /// An element of a list in which only the first is always a string.
    private struct FirstString: Decodable {
        let text: String?

        init(from decoder: any Decoder) throws {
            text = try? decoder.singleValueContainer().decode(String.self)
        }
    }

    var usedRooms: Set<String> {
        Set(dependencies.compactMap { if case .room(let name) = $0 { name } else { nil } })
    }

    var usedProducts: Set<String> {
        Set(dependencies.compactMap { if case .product(let name) = $0 { name } else { nil } })
    }
}
