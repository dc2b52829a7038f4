import CLibArchive
import CLinux
import Glibc

/// Makes what a tar stream holds in the thread's working directory.
struct TreeUnpacker {
    private static let kept =
        ARCHIVE_EXTRACT_OWNER | ARCHIVE_EXTRACT_PERM | ARCHIVE_EXTRACT_TIME | ARCHIVE_EXTRACT_ACL
        | ARCHIVE_EXTRACT_XATTR | ARCHIVE_EXTRACT_SPARSE | ARCHIVE_EXTRACT_UNLINK
    private let descriptor: Int32
    private let intake: Archiving.Intake

    init(from descriptor: Int32, _ intake: Archiving.Intake) {
        self.descriptor = descriptor
        self.intake = intake
    }

    func run(_ pulse: Pulse?) throws -> Archiving.Compression? {
        let reader = archive_read_new()
        let writer = archive_write_disk_new()
        defer {
            archive_write_free(writer)
            archive_read_free(reader)
        }
        guard let reader, let writer else { throw ArchiveError("out of memory") }
        let symlinks = intake.followsSymlinks ? 0 : ARCHIVE_EXTRACT_SECURE_SYMLINKS
        let options = Self.kept | ARCHIVE_EXTRACT_SECURE_NODOTDOT | symlinks
        archive_read_support_filter_gzip(reader)
        archive_read_support_filter_bzip2(reader)
        archive_read_support_filter_xz(reader)
        archive_read_support_filter_zstd(reader)
        archive_read_support_format_tar(reader)
        archive_read_support_format_empty(reader)
        try read(archive_read_open_fd(reader, descriptor, 1 << 18), reader)
        try write(
            archive_write_disk_set_options(writer, options), writer, "options")
        var rootTime: timespec?
        while let entry = try nextEntry(reader) {
            try pulse?.beat()
            try unpack(entry, reader, writer, pulse)
            if archive_entry_pathname(entry).map({ String(cString: $0) }) == "." {
                rootTime = timespec(
                    tv_sec: archive_entry_mtime(entry), tv_nsec: archive_entry_mtime_nsec(entry))
            }
        }
        try write(archive_write_close(writer), writer, "the directories' times")
        // libarchive gives a directory its time only if it made it.
        if let rootTime {
            let times = [timespec(tv_sec: 0, tv_nsec: CLINUX_UTIME_OMIT), rootTime]
            try checked("set the time of", ".") { utimensat(AT_FDCWD, ".", times, 0) }
        }
        try drain()
        switch archive_filter_code(reader, 0) {
        case ARCHIVE_FILTER_NONE: return Archiving.Compression.none
        case ARCHIVE_FILTER_GZIP: return .gzip
        case ARCHIVE_FILTER_ZSTD: return .zstd
        default: return nil
        }
    }

    private func nextEntry(_ reader: OpaquePointer) throws -> OpaquePointer? {
        var entry: OpaquePointer?
        let result = archive_read_next_header(reader, &entry)
        guard result != ARCHIVE_EOF else { return nil }
        if result != ARCHIVE_WARN { try read(result, reader) }
        return entry
    }

    private func unpack(
        _ entry: OpaquePointer, _ reader: OpaquePointer, _ writer: OpaquePointer, _ pulse: Pulse?
    ) throws {
        let path = cleaned(entry)
        guard !path.isEmpty else { return }
        archive_entry_copy_pathname(entry, path)
        if let target = archive_entry_hardlink(entry) {
            archive_entry_copy_hardlink(entry, Self.cleaned(String(cString: target)))
        }
        let name = String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        if intake.keepsKinds { try refuseOtherKind(entry, name) }
        if let owner = intake.owner {
            archive_entry_set_uid(entry, Int64(owner.user))
            archive_entry_set_gid(entry, Int64(owner.group))
        }
        try write(archive_write_header(writer, entry), writer, name)
        if archive_entry_hardlink(entry) == nil, archive_entry_size(entry) > 0 {
            try unpackData(of: name, reader, writer, pulse)
        }
        try write(archive_write_finish_entry(writer), writer, name)
    }

    /// Relative, whatever the archive's maker wrote: `/a` and `./a` are `a`.
    private func cleaned(_ entry: OpaquePointer) -> [CChar] {
        guard let text = archive_entry_pathname(entry) else { return [] }
        var rest = text
        let (slash, dot) = (CChar(UInt8(ascii: "/")), CChar(UInt8(ascii: ".")))
        while rest.pointee == slash || (rest.pointee == dot && rest[1] == slash) {
            rest += rest.pointee == slash ? 1 : 2
        }
        return rest.pointee == 0 ? [dot, 0] : EntryName(rest).bytes
    }

    private static func cleaned(_ path: String) -> String {
        var rest = path[...]
        while rest.hasPrefix("/") || rest.hasPrefix("./") {
            rest = rest.hasPrefix("/") ? rest.dropFirst() : rest.dropFirst(2)
        }
        return rest.isEmpty ? "." : String(rest)
    }

    private func refuseOtherKind(_ entry: OpaquePointer, _ name: String) throws {
        guard let present = try? FileStatus(of: name) else { return }
        let isDirectory = archive_entry_filetype(entry) == S_IFDIR
        guard (present.kind == .directory) != isDirectory else { return }
        throw ArchiveError(
            isDirectory
                ? "cannot overwrite non-directory \"\(name)\" with a directory"
                : "cannot overwrite directory \"\(name)\" with a non-directory", isMalformed: true)
    }

    private func unpackData(
        of path: String, _ reader: OpaquePointer, _ writer: OpaquePointer, _ pulse: Pulse?
    ) throws {
        var bytes: UnsafeRawPointer?
        var count = 0
        var offset: Int64 = 0
        while true {
            let result = archive_read_data_block(reader, &bytes, &count, &offset)
            guard result != ARCHIVE_EOF else { return }
            try read(result, reader)
            let written = archive_write_data_block(writer, bytes, count, offset)
            try write(Int32(clamping: written), writer, path)
            try pulse?.beat()
        }
    }

    /// Whoever writes the stream may write more than the archive.
    private func drain() throws {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = try checked("read", "the archive") {
                Glibc.read(descriptor, &buffer, buffer.count)
            }
            guard count > 0 else { return }
        }
    }

    private func read(_ result: Int32, _ archive: OpaquePointer) throws {
        guard result < ARCHIVE_OK else { return }
        throw ArchiveError(
            "not a whole tar archive: \(Self.reason(of: archive))", isMalformed: true)
    }

    /// A warning means that something was not kept: as bad as an error.
    private func write(_ result: Int32, _ archive: OpaquePointer, _ path: String) throws {
        guard result < ARCHIVE_OK else { return }
        let number = archive_errno(archive)
        let cause = number > 0 ? String(cString: strerror(number)) + ", " : ""
        throw ArchiveError("unpack \(path): \(cause)\(Self.reason(of: archive))")
    }

    private static func reason(of archive: OpaquePointer) -> String {
        archive_error_string(archive).map { String(cString: $0) } ?? "unreadable"
    }
}
