public import Containers
import Foundation
import GRDB

/// Containers are remembered whole, as JSON: nothing ever asks for a part of one.
extension SQLiteStore: ContainerStore {
    public func containers() async throws -> [Container] {
        do {
            return try await database.read { db in
                let rows = try Row.fetchCursor(db, sql: "SELECT id, record FROM container")
                return try Array(rows.map { row in try Self.container(row) })
            }
        } catch {
            throw StoreError.damaged(path, reason: "\(error)")
        }
    }

    private static func container(_ row: Row) throws -> Container {
        do {
            return try JSONDecoder().decode(Container.self, from: row["record"])
        } catch {
            let id: String = row["id"]
            throw Unreadable(what: "container \(id): \(error)")
        }
    }

    public func save(_ container: Container) async throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let record = try encoder.encode(container)
        try await perform { db in
            let statement = try db.cachedStatement(
                sql: "INSERT OR REPLACE INTO container VALUES (?, ?)")
            try statement.execute(arguments: [container.id.description, record])
        }
    }

    public func forget(_ container: ContainerID) async throws {
        try await perform { db in
            let statement = try db.cachedStatement(sql: "DELETE FROM container WHERE id = ?")
            try statement.execute(arguments: [container.description])
        }
    }
}
