/// Carries volumes' content in and out, as archives.
///
/// Paths are volumes' own, as attaching gave them. What comes in is first unpacked beside what is
/// there, and then takes its place.
public protocol Porter: Sendable {
    /// Writes all that is in a volume.
    func pack(
        _ path: String, _ compression: ArchiveCompression,
        _ take: (_ bytes: [UInt8]) async throws -> Void
    ) async throws

    /// Whether a container would find nothing in the volume.
    func isEmpty(_ path: String) async throws -> Bool
    /// Unpacks what `give` brings beside what is in the volume, whole and durable when it returns.
    func unpack(
        _ path: String,
        _ give: (_ write: @escaping (_ bytes: [UInt8]) async throws -> Void) async throws -> Void
    ) async throws
    /// Deletes what was unpacked and not adopted.
    func discard(_ path: String) async throws
    /// Puts what was unpacked in the place of all else; may be called again after a crash cut it
    /// short, and does nothing when it is done.
    func adopt(_ path: String) async throws

    /// Makes an empty directory beside what is in the volume, for what it is to be filled with;
    /// returns its path.
    func draft(_ path: String) async throws -> String
    /// Makes what was drafted durable, and then what is in the volume. Nothing that somebody else
    /// put there meanwhile is replaced.
    func promote(_ path: String) async throws
    /// Finishes what `promote` began, or deletes what was only drafted; does nothing if there is
    /// neither.
    func settle(_ path: String) async throws
}

/// How an archive is compressed.
public enum ArchiveCompression: String, Sendable, CaseIterable {
    case none, gzip, zstd
}
