import Foundation
import GRDB
import Linux
import SQLiteStore
import TestSupport
import Testing
import Volumes

struct OpeningTests {
    @Test func `a new store is readable by its owner alone`() async throws {
        try await withTemporaryDirectory { directory in
            let store = try SQLiteStore(at: directory + "/store.db")
            try await store.commit([.save(try Samples.volume("data"))])
            for file in try FileManager.default.contentsOfDirectory(atPath: directory) {
                let attributes = try FileManager.default.attributesOfItem(
                    atPath: directory + "/" + file)
                #expect(attributes[.posixPermissions] as? Int == 0o600, "\(file)")
            }
            try store.close()
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["store.db"])
        }
    }

    @Test func `a directory for the store that does not exist is named`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/none/store.db"
            #expect(
                performing: { try SQLiteStore(at: path) },
                throws: { "\($0)".contains(path) })
        }
    }

    @Test func `what a crash left of a first start is made anew`() async throws {
        try await withTemporaryDirectory { directory in
            try Data("half".utf8).write(to: URL(filePath: directory + "/store.db.new"))
            try await SQLiteStore(at: directory + "/store.db").commit([])
        }
    }

    @Test func `a missing store is not made anew beside volumes`() async throws {
        try await withTemporaryDirectory { directory in
            let volumes = directory + "/volume"
            try FileManager.default.createDirectory(
                atPath: volumes + "/data", withIntermediateDirectories: true)
            let path = directory + "/store.db"
            #expect(throws: StoreError.missing(path, volumes: volumes)) {
                try SQLiteStore(at: path, volumes: volumes)
            }
            #expect(!FileManager.default.fileExists(atPath: path))

            try FileManager.default.removeItem(atPath: volumes + "/data")
            try FileManager.default.createDirectory(
                atPath: volumes + "/lost+found", withIntermediateDirectories: true)
            try SQLiteStore(at: path, volumes: volumes).close()
        }
    }

    @Test func `a log without its store is not written over`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/store.db"
            try Data("log".utf8).write(to: URL(filePath: path + "-wal"))
            #expect(throws: StoreError.self) { try SQLiteStore(at: path) }
            #expect(try Data(OpenFile.bytes(at: path + "-wal")) == Data("log".utf8))
        }
    }

    @Test(arguments: Damage.allCases)
    func `a file that cannot be trusted is refused and not touched`(_ damage: Damage) async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/store.db"
            try await fill(path)
            try damage.inflict(on: path)
            let before = try contents(of: directory)
            #expect(
                performing: { try SQLiteStore(at: path) },
                throws: { error in
                    guard let error = error as? StoreError else { return false }
                    return damage.isNamed(by: error) && "\(error)".contains(path)
                })
            #expect(try contents(of: directory) == before)
        }
    }

    private func fill(_ path: String) async throws {
        let store = try SQLiteStore(at: path)
        try await store.commit((0..<2000).map { .save(try Samples.volume("volume\($0)")) })
        try store.close()
    }

    private func contents(of directory: String) throws -> [String: Data] {
        let names = try FileManager.default.contentsOfDirectory(atPath: directory)
        return try Dictionary(
            uniqueKeysWithValues: names.map {
                ($0, try Data(OpenFile.bytes(at: directory + "/" + $0)))
            })
    }
}

/// Ways in which a store's file can be wrong.
enum Damage: String, CaseIterable, CustomTestStringConvertible {
    case empty, text, truncated, pages, otherDatabase, newer

    var testDescription: String { rawValue }

    func inflict(on path: String) throws {
        let file = URL(filePath: path)
        switch self {
        case .empty: try Data().write(to: file)
        case .text: try Data("{}".utf8).write(to: file)
        case .truncated: try Data(OpenFile.bytes(at: file.path)).prefix(20_000).write(to: file)
        case .pages:
            var data = try Data(OpenFile.bytes(at: file.path))
            for page in stride(from: 8192, to: data.count, by: 4096) {
                data.replaceSubrange(page..<page + 512, with: Data(repeating: 0x5a, count: 512))
            }
            try data.write(to: file)
        case .otherDatabase: try sqlite(path, "PRAGMA application_id = 1")
        case .newer: try sqlite(path, "INSERT INTO grdb_migrations VALUES ('snapshots')")
        }
    }

    func isNamed(by error: StoreError) -> Bool {
        switch (self, error) {
        case (.empty, .foreign), (.text, .foreign), (.otherDatabase, .foreign): true
        case (.truncated, .damaged), (.pages, .damaged): true
        case (.newer, .newer(_, migrations: ["snapshots"])): true
        default: false
        }
    }

    private func sqlite(_ path: String, _ sql: String) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
        try queue.close()
    }
}
