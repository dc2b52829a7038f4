import CLibArchive
import Glibc
import Synchronization

/// Makes a tar stream of files whose bytes come from elsewhere: each call returns what the stream
/// goes on with. Does not block, and keeps nothing.
public final class TarWriter: Sendable {
    private struct Handle {
        let archive: OpaquePointer
        let sink: Sink
    }

    /// Where the library leaves what it makes.
    private final class Sink {
        var bytes: [UInt8] = []
    }

    private let handle: Mutex<Handle>

    public init() throws(TarError) {
        guard let archive = archive_write_new() else { throw TarError("tar", "out of memory") }
        let sink = Sink()
        archive_write_set_format_pax_restricted(archive)
        archive_write_set_bytes_per_block(archive, 0)
        let opened = archive_write_open(
            archive, Unmanaged.passUnretained(sink).toOpaque(), nil,
            { _, place, start, count in
                guard let place, let start else { return 0 }
                let sink = Unmanaged<Sink>.fromOpaque(place).takeUnretainedValue()
                sink.bytes += UnsafeRawBufferPointer(start: start, count: count)
                return count
            }, nil)
        guard opened == ARCHIVE_OK else {
            archive_write_free(archive)
            throw TarError("tar", "the library can't write")
        }
        handle = Mutex(Handle(archive: archive, sink: sink))
    }

    deinit {
        handle.withLock { _ = archive_write_free($0.archive) }
    }

    /// Begins a file of `size` bytes, which are to follow by ``write(_:)``.
    public func begin(_ path: String, size: Int64) throws(TarError) -> [UInt8] {
        try step(path) { archive in
            guard let entry = archive_entry_new() else { return ARCHIVE_FATAL }
            defer { archive_entry_free(entry) }
            archive_entry_copy_pathname(entry, path)
            archive_entry_set_filetype(entry, UInt32(Glibc.S_IFREG))
            archive_entry_set_perm(entry, 0o644)
            archive_entry_set_size(entry, size)
            archive_entry_set_mtime(entry, 0, 0)
            return archive_write_header(archive, entry)
        }
    }

    /// More of the file that was begun.
    public func write(_ bytes: [UInt8]) throws(TarError) -> [UInt8] {
        try step("a file") { archive in
            let count = archive_write_data(archive, bytes, bytes.count)
            return count == bytes.count ? ARCHIVE_OK : ARCHIVE_FATAL
        }
    }

    /// The stream's end.
    public func finish() throws(TarError) -> [UInt8] {
        try step("its end") { archive_write_close($0) }
    }

    private func step(_ path: String, _ act: @Sendable (OpaquePointer) -> Int32) throws(TarError)
        -> [UInt8]
    {
        try handle.withLock { handle throws(TarError) in
            guard act(handle.archive) == ARCHIVE_OK else {
                let reason = archive_error_string(handle.archive).map { String(cString: $0) }
                throw TarError(path, reason ?? "can't be put into a tar stream")
            }
            defer { handle.sink.bytes = [] }
            return handle.sink.bytes
        }
    }
}
