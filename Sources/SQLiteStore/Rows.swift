import Foundation
import GRDB
import Volumes

/// Volumes and references as rows.
extension Volume {
    static func fetchAll(_ db: Database) throws -> [Volume] {
        let rows = try Row.fetchCursor(db, sql: "SELECT * FROM volume")
        return try Array(rows.map { row in try Volume(row) })
    }

    private init(_ row: Row) throws {
        let name: String = row["name"]
        let phase: String = row["phase"]
        guard let known = Phase(rawValue: phase) else {
            throw Unreadable(what: "volume \(name) is in phase \"\(phase)\"")
        }
        self.init(
            id: row["id"], name: try VolumeName(name), driver: row["driver"],
            options: try dictionary(row["options"]), labels: try dictionary(row["labels"]),
            createdAt: Date(timeIntervalSinceReferenceDate: row["created_at"]), phase: known,
            handle: try dictionary(row["handle"]) ?? [:], claim: row["claim"])
    }

    func save(_ db: Database) throws {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO volume VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (id) DO UPDATE SET
                    name = excluded.name, driver = excluded.driver, options = excluded.options,
                    labels = excluded.labels, created_at = excluded.created_at,
                    phase = excluded.phase, handle = excluded.handle, claim = excluded.claim
                """)
        try statement.execute(arguments: [
            id, name.description, driver, try text(options), try text(labels),
            createdAt.timeIntervalSinceReferenceDate, phase.rawValue,
            try text(handle.isEmpty ? nil : handle), claim,
        ])
    }

    static func forget(_ id: String, _ db: Database) throws {
        let statement = try db.cachedStatement(sql: "DELETE FROM volume WHERE id = ?")
        try statement.execute(arguments: [id])
    }
}

extension Reference {
    static func fetchAll(_ db: Database) throws -> [Reference] {
        let rows = try Row.fetchCursor(db, sql: "SELECT * FROM reference")
        return try Array(rows.map { row in try Reference(row) })
    }

    private init(_ row: Row) throws {
        let kind: String = row["owner_kind"]
        guard let known = Owner.Kind(rawValue: kind) else {
            throw Unreadable(what: "a reference is by an owner of kind \"\(kind)\"")
        }
        self.init(
            volume: row["volume"], owner: Owner(known, row["owner"]),
            destination: row["destination"], isAttached: row["is_attached"])
    }

    func save(_ db: Database) throws {
        let statement = try db.cachedStatement(
            sql: "INSERT OR REPLACE INTO reference VALUES (?, ?, ?, ?, ?)")
        try statement.execute(arguments: [
            volume, owner.kind.rawValue, owner.id, destination, isAttached,
        ])
    }

    func forget(_ db: Database) throws {
        let statement = try db.cachedStatement(
            sql: """
                DELETE FROM reference
                WHERE volume = ? AND owner_kind = ? AND owner = ? AND destination = ?
                """)
        try statement.execute(arguments: [volume, owner.kind.rawValue, owner.id, destination])
    }
}

/// A row that no pouchd wrote.
struct Unreadable: Error, CustomStringConvertible {
    let what: String
    var description: String { what }
}

private func dictionary(_ text: String?) throws -> [String: String]? {
    guard let text else { return nil }
    return try JSONDecoder().decode([String: String].self, from: Data(text.utf8))
}

private func text(_ dictionary: [String: String]?) throws -> String? {
    guard let dictionary else { return nil }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(dictionary), as: UTF8.self)
}
