import Foundation
import GRDB
import Glibc

/// The store's file before it is opened for use: made whole, or looked at without a touch.
struct StoreFile {
    let path: String

    var exists: Bool { access(path, F_OK) == 0 }

    // MARK: Making

    /// Makes an empty store under another name first, so that no crash leaves half of one.
    func make() throws {
        guard access(path + "-wal", F_OK) != 0 else {
            throw StoreError.damaged(path, reason: "all that is left is its log, \(path)-wal")
        }
        let draft = path + ".new"
        for suffix in ["", "-wal", "-shm", "-journal"] { unlink(draft + suffix) }
        do {
            try fill(draft)
            guard chmod(draft, 0o600) == 0 else { throw failure("chmod \(draft)") }
            try settle(draft)
            guard rename(draft, path) == 0 else { throw failure("rename \(draft)") }
            try settle((path as NSString).deletingLastPathComponent)
        } catch let error as DatabaseError {
            throw StoreError.unusable(path, reason: error.reason)
        }
    }

    private func fill(_ draft: String) throws {
        let queue = try DatabaseQueue(path: draft)
        try queue.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA application_id = \(Schema.applicationID)")
        }
        try Schema.migrator.migrate(queue)
        try queue.close()
    }

    /// Makes a file or a directory durable.
    private func settle(_ place: String) throws {
        let descriptor = open(place, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open \(place)") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("fsync \(place)") }
    }

    private func failure(_ action: String) -> StoreError {
        .unusable(path, reason: action + ": " + String(cString: strerror(errno)))
    }

    // MARK: Checking

    /// Throws unless the file is a sound store of ours that this version understands.
    func check() throws {
        try checkHeader()
        do {
            let queue = try DatabaseQueue(path: untouchable, configuration: Self.readOnly)
            defer { try? queue.close() }
            try queue.read { db in
                try checkContent(db)
                try checkVersion(db)
            }
        } catch let error as DatabaseError {
            throw StoreError.damaged(path, reason: error.reason)
        }
    }

    /// Reads the bytes ourselves: SQLite takes a truncated file for a new database.
    private func checkHeader() throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open") }
        defer { close(descriptor) }
        var header = [UInt8](repeating: 0, count: 100)
        let count = read(descriptor, &header, header.count)
        guard count >= 0 else { throw failure("read") }
        let id = header[68..<72].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        guard count == header.count, header.starts(with: Array("SQLite format 3\0".utf8)),
            Int32(bitPattern: id) == Schema.applicationID
        else { throw StoreError.foreign(path) }
    }

    private func checkContent(_ db: Database) throws {
        let findings = try String.fetchAll(db, sql: "PRAGMA quick_check(3)")
        guard findings == ["ok"] else {
            throw StoreError.damaged(path, reason: findings.joined(separator: "; "))
        }
    }

    private func checkVersion(_ db: Database) throws {
        let known = Schema.migrator.migrations
        let unknown = try Schema.migrator.appliedIdentifiers(db).subtracting(known)
        guard unknown.isEmpty else {
            throw StoreError.newer(path, migrations: unknown.sorted())
        }
    }

    /// Without a write-ahead log the file says all, and SQLite need not make one beside it.
    private var untouchable: String {
        var status = stat()
        guard stat(path + "-wal", &status) != 0 || status.st_size == 0 else { return path }
        var allowed = CharacterSet.urlPathAllowed
        allowed.remove(charactersIn: "?#%")
        let escaped = path.addingPercentEncoding(withAllowedCharacters: allowed)
        return escaped.map { "file:" + $0 + "?immutable=1" } ?? path
    }

    private static var readOnly: Configuration {
        var configuration = Configuration()
        configuration.readonly = true
        return configuration
    }
}

extension DatabaseError {
    /// SQLite's own words, without the statement.
    var reason: String {
        switch resultCode {
        case .SQLITE_FULL: "no space left on the disk: free some and try again"
        default: message ?? "SQLite error \(extendedResultCode.rawValue)"
        }
    }
}
