/// Why a store could not be opened. Nothing was changed; each message says what to do.
public enum StoreError: Error, Hashable, Sendable {
    /// The file is something else, or its very beginning is damaged.
    case foreign(String)
    case damaged(String, reason: String)
    /// A later version of pouchd wrote it: this one does not know `migrations`.
    case newer(String, migrations: [String])
    /// There is no store although there are volumes.
    case missing(String, volumes: String)
    case unusable(String, reason: String)
}

extension StoreError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .foreign(let path):
            """
            \(path) is not a pouchd store, or its beginning is damaged: restore it from a backup, \
            or move it away if it is not pouchd's; it was not touched
            """
        case .damaged(let path, let reason):
            """
            the store \(path) is damaged (\(reason)): restore it from a backup; \
            it was not touched
            """
        case .newer(let path, let migrations):
            """
            the store \(path) was written by a newer pouchd (it has \
            \(migrations.joined(separator: ", "))): start that version, or restore a backup from \
            before the upgrade; it was not touched
            """
        case .missing(let path, let volumes):
            """
            the store \(path) is missing although \(volumes) has volumes: restore the store, \
            or move those directories away to begin anew
            """
        case .unusable(let path, let reason):
            "the store \(path) cannot be used: \(reason)"
        }
    }
}
