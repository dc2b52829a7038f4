import CLibArchive
import Glibc
import Synchronization

/// Reads a tar file, perhaps compressed, entry after entry in constant memory.
///
/// Reading blocks: it belongs on a thread that nothing else waits for.
public final class TarReader: Sendable {
    /// What the archive holds at one place; what a file holds is read with `read(upTo:)`.
    public struct Entry: Hashable, Sendable {
        public enum Kind: Hashable, Sendable {
            case file
            case directory
            /// Another name for what is at `target`, which is relative to the link's own folder if
            /// the link is symbolic.
            case link(target: String, isSymbolic: Bool)
            case other
        }

        public let path: String
        public let kind: Kind
        public let size: Int64
    }

    private struct Handle {
        let archive: OpaquePointer
    }

    private let handle: Mutex<Handle>

    public init(_ path: String) throws(TarError) {
        guard let archive = archive_read_new() else { throw TarError(path, "out of memory") }
        archive_read_support_filter_gzip(archive)
        archive_read_support_filter_bzip2(archive)
        archive_read_support_filter_xz(archive)
        archive_read_support_filter_zstd(archive)
        archive_read_support_format_tar(archive)
        guard archive_read_open_filename(archive, path, 1 << 18) == ARCHIVE_OK else {
            defer { archive_read_free(archive) }
            throw TarError(path, Self.reason(of: archive))
        }
        handle = Mutex(Handle(archive: archive))
    }

    deinit {
        handle.withLock { _ = archive_read_free($0.archive) }
    }

    /// The next entry, or nil at the end.
    public func next() throws(TarError) -> Entry? {
        try handle.withLock { handle throws(TarError) in
            var entry: OpaquePointer?
            let status = archive_read_next_header(handle.archive, &entry)
            if status == ARCHIVE_EOF { return nil }
            guard status == ARCHIVE_OK || status == ARCHIVE_WARN, let entry else {
                throw TarError("tar file", Self.reason(of: handle.archive))
            }
            return Entry(
                path: Self.text(archive_entry_pathname(entry)), kind: Self.kind(of: entry),
                size: archive_entry_size(entry))
        }
    }

    /// At most `count` more bytes of the entry that `next()` gave; empty at its end.
    public func read(upTo count: Int) throws(TarError) -> [UInt8] {
        try handle.withLock { handle throws(TarError) in
            var failed = false
            let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
                while filled < count {
                    let rest = buffer.baseAddress?.advanced(by: filled)
                    let got = archive_read_data(handle.archive, rest, count - filled)
                    if got < 0 { failed = true }
                    if got <= 0 { break }
                    filled += got
                }
            }
            if failed { throw TarError("tar file", Self.reason(of: handle.archive)) }
            return bytes
        }
    }

    private static func kind(of entry: OpaquePointer) -> Entry.Kind {
        if let target = archive_entry_hardlink(entry) {
            return .link(target: text(target), isSymbolic: false)
        }
        return switch archive_entry_filetype(entry) {
        case S_IFREG: .file
        case S_IFDIR: .directory
        case S_IFLNK: .link(target: text(archive_entry_symlink(entry)), isSymbolic: true)
        default: .other
        }
    }

    private static func text(_ pointer: UnsafePointer<CChar>?) -> String {
        pointer.map { String(cString: $0) } ?? ""
    }

    private static func reason(of archive: OpaquePointer) -> String {
        let reason = text(archive_error_string(archive))
        return reason.isEmpty ? "unreadable" : reason
    }
}
