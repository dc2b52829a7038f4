import GRDB

/// The tables, as a list of steps that only ever grows: a step that was released is never edited.
enum Schema {
    /// `Pouc`: tells a store of ours from any other SQLite file.
    static let applicationID: Int32 = 0x506f_7563

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("volumes and references", migrate: makeVolumes)
        migrator.registerMigration("containers", migrate: makeContainers)
        migrator.registerMigration("project ids", migrate: keepProjectsApart)
        return migrator
    }

    /// `created_at` counts seconds from 2001-01-01, as the clock that it came from does: any other
    /// count would round it.
    private static func makeVolumes(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE volume (
                    id TEXT NOT NULL PRIMARY KEY,
                    name TEXT NOT NULL,
                    driver TEXT NOT NULL,
                    options TEXT,
                    labels TEXT,
                    created_at REAL NOT NULL,
                    phase TEXT NOT NULL,
                    handle TEXT,
                    claim TEXT
                );
                CREATE UNIQUE INDEX volume_name ON volume (name) WHERE phase <> 'removing';
                CREATE UNIQUE INDEX volume_claim ON volume (claim)
                    WHERE claim IS NOT NULL AND phase <> 'removing';
                CREATE TABLE reference (
                    volume TEXT NOT NULL REFERENCES volume (id) ON DELETE CASCADE,
                    owner_kind TEXT NOT NULL,
                    owner TEXT NOT NULL,
                    destination TEXT NOT NULL,
                    is_attached INTEGER NOT NULL,
                    PRIMARY KEY (volume, owner_kind, owner, destination)
                ) WITHOUT ROWID;
                """)
    }

    private static func makeContainers(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE container (
                    id TEXT NOT NULL PRIMARY KEY,
                    record BLOB NOT NULL
                );
                """)
    }

    /// Two volumes that were counted in one project would share one limit.
    private static func keepProjectsApart(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE UNIQUE INDEX volume_project ON volume (json_extract(handle, '$.project'))
                    WHERE json_extract(handle, '$.project') IS NOT NULL
                        AND phase <> 'removing';
                """)
    }
}
