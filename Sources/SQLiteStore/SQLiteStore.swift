import GRDB
public import Volumes

/// What is remembered, in one SQLite file.
///
/// One connection serves everything: what is remembered is read once, at start-up. Its write-ahead
/// log costs one fdatasync per commit, which concurrent commits share.
public final class SQLiteStore: Store, Sendable {
    let path: String
    let database: DatabaseQueue
    let commits: GroupCommit

    /// Opens the store, or makes it if it is the first time: that is, if `volumes`, the directory
    /// of the volumes that it must know, has none either.
    ///
    /// A file that is damaged, not ours or of a newer version is refused without a touch.
    public init(at path: String, volumes: String? = nil) throws {
        let file = StoreFile(path: path)
        if file.exists {
            try file.check()
        } else {
            if let volumes, Self.hasVolumes(in: volumes) {
                throw StoreError.missing(path, volumes: volumes)
            }
            try file.make()
        }
        self.path = path
        do {
            database = try Self.open(path)
        } catch let error as DatabaseError {
            throw StoreError.unusable(path, reason: error.reason)
        }
        commits = GroupCommit(database)
    }

    /// After this the store can't be used, and its file says all without the log beside it.
    public func close() throws {
        try database.close()
    }

    public func load() async throws -> Memory {
        do {
            return try await database.read { db in
                Memory(volumes: try Volume.fetchAll(db), references: try Reference.fetchAll(db))
            }
        } catch {
            throw StoreError.damaged(path, reason: "\(error)")
        }
    }

    public func commit(_ changes: [Change]) async throws {
        guard !changes.isEmpty else { return }
        try await perform { db in
            for change in changes { try change.perform(db) }
        }
    }

    func perform(_ work: @escaping GroupCommit.Work) async throws {
        do {
            try await commits.perform(work)
        } catch let error as DatabaseError {
            throw VolumeError.storage(action: "write to the store \(path)", reason: error.reason)
        }
    }
}

extension Change {
    fileprivate func perform(_ db: Database) throws {
        switch self {
        case .save(let volume): try volume.save(db)
        case .forget(let id): try Volume.forget(id, db)
        case .refer(let reference): try reference.save(db)
        case .release(let reference): try reference.forget(db)
        }
    }
}

// MARK: - Opening

extension SQLiteStore {
    private static func open(_ path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.journalMode = .wal
        configuration.label = "pouchd store"
        // Memory is for what is kept in it anyway, not for SQLite's copies of pages.
        configuration.prepareDatabase { db in try db.execute(sql: "PRAGMA cache_size = -256") }
        // In pages: the log is written into the file at about 16 MB rather than 4, so that a page
        // which changes often is written there less often.
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA wal_autocheckpoint = 4000")
        }
        let database = try DatabaseQueue(path: path, configuration: configuration)
        try makeDurable(database)
        try Schema.migrator.migrate(database)
        return database
    }

    /// Turning on the log resets this, so it comes after, and is looked at.
    private static func makeDurable(_ database: DatabaseQueue) throws {
        try database.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA synchronous = FULL")
            guard try Int.fetchOne(db, sql: "PRAGMA synchronous") == 2 else {
                throw DatabaseError(message: "SQLite does not wait for the disk")
            }
        }
    }
}
