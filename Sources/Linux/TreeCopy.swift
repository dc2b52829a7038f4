import CLibArchive
import CLinux
import Glibc

/// Copies a directory's tree into the thread's working directory by way of libarchive.
struct TreeCopy {
    private static let kept =
        ARCHIVE_EXTRACT_OWNER | ARCHIVE_EXTRACT_PERM | ARCHIVE_EXTRACT_TIME | ARCHIVE_EXTRACT_ACL
        | ARCHIVE_EXTRACT_XATTR | ARCHIVE_EXTRACT_SPARSE
    private static let safety =
        ARCHIVE_EXTRACT_SECURE_SYMLINKS | ARCHIVE_EXTRACT_SECURE_NODOTDOT
        | ARCHIVE_EXTRACT_SECURE_NOABSOLUTEPATHS

    private let source: OpenFile
    /// For messages.
    private let destination: String
    /// What libarchive is given to read; its entries' paths begin so.
    private let root: String

    init(from source: OpenFile, into destination: String) {
        self.source = source
        self.destination = destination
        root = source.pinnedPath + "/."
    }

    func run(_ pulse: Pulse?) throws {
        let reader = archive_read_disk_new()
        let writer = archive_write_disk_new()
        let links = archive_entry_linkresolver_new()
        defer {
            archive_entry_linkresolver_free(links)
            archive_write_free(writer)
            archive_read_free(reader)
        }
        guard let reader, let writer, let links else {
            throw SystemError("copy", source.path, errno: ENOMEM)
        }
        try prepare(reader, writer)
        archive_entry_linkresolver_set_strategy(links, ARCHIVE_FORMAT_TAR)
        while let entry = try nextEntry(reader) {
            try pulse?.beat()
            try copy(entry, reader, writer, links, pulse)
            archive_read_disk_descend(reader)
        }
        try check(archive_write_close(writer), writer, destination)
        try keepRootTime()
    }

    /// libarchive gives a directory its time only if it made it.
    private func keepRootTime() throws {
        let status = try source.status()
        let modified = timespec(
            tv_sec: Int(status.modifiedSeconds), tv_nsec: Int(status.modifiedNanoseconds))
        let times = [timespec(tv_sec: 0, tv_nsec: CLINUX_UTIME_OMIT), modified]
        try checked("set the time of", destination) { utimensat(AT_FDCWD, ".", times, 0) }
    }

    private func prepare(_ reader: OpaquePointer, _ writer: OpaquePointer) throws {
        // File flags stay behind: an immutable copy could be neither changed nor deleted.
        try check(
            archive_read_disk_set_behavior(
                reader, ARCHIVE_READDISK_NO_TRAVERSE_MOUNTS | ARCHIVE_READDISK_NO_FFLAGS),
            reader, source.path)
        try check(archive_read_disk_set_symlink_physical(reader), reader, source.path)
        try check(archive_read_disk_open(reader, root), reader, source.path)
        try check(
            archive_write_disk_set_options(writer, Self.kept | Self.safety), writer, destination)
    }

    private func nextEntry(_ reader: OpaquePointer) throws -> OpaquePointer? {
        var entry: OpaquePointer?
        let result = archive_read_next_header(reader, &entry)
        guard result != ARCHIVE_EOF else { return nil }
        try check(result, reader, source.path)
        return entry
    }

    private func copy(
        _ entry: OpaquePointer, _ reader: OpaquePointer, _ writer: OpaquePointer,
        _ links: OpaquePointer, _ pulse: Pulse?
    ) throws {
        guard FileStatus.Kind(mode: UInt32(archive_entry_filetype(entry))) != .socket else {
            return
        }
        makeRelative(entry)
        var linked: OpaquePointer? = entry
        var later: OpaquePointer?
        archive_entry_linkify(links, &linked, &later)
        try check(archive_write_header(writer, entry), writer, name(of: entry))
        if archive_entry_hardlink(entry) == nil, archive_entry_size(entry) > 0 {
            try copyData(of: entry, reader, writer, pulse)
        }
        try check(archive_write_finish_entry(writer), writer, name(of: entry))
    }

    /// Makes an entry's path one that begins at the root of the tree.
    private func makeRelative(_ entry: OpaquePointer) {
        guard let path = archive_entry_pathname(entry) else { return }
        var rest = path + root.utf8.count
        while rest.pointee == CChar(UInt8(ascii: "/")) { rest += 1 }
        let relative = rest.pointee == 0 ? [CChar(UInt8(ascii: ".")), 0] : EntryName(rest).bytes
        archive_entry_copy_pathname(entry, relative)
    }

    /// Block by block, each at its place: what lies between is a hole.
    private func copyData(
        of entry: OpaquePointer, _ reader: OpaquePointer, _ writer: OpaquePointer, _ pulse: Pulse?
    ) throws {
        var bytes: UnsafeRawPointer?
        var count = 0
        var offset: Int64 = 0
        while true {
            let result = archive_read_data_block(reader, &bytes, &count, &offset)
            guard result != ARCHIVE_EOF else { return }
            try check(result, reader, name(of: entry))
            let written = archive_write_data_block(writer, bytes, count, offset)
            try check(Int32(clamping: written), writer, name(of: entry))
            try pulse?.beat()
        }
    }

    private func name(of entry: OpaquePointer) -> String {
        archive_entry_pathname(entry).map { "\(source.path)/\(String(cString: $0))" }
            ?? source.path
    }

    /// A warning means that something was not kept: as bad as an error.
    private func check(_ result: Int32, _ archive: OpaquePointer, _ path: String) throws {
        guard result < ARCHIVE_OK else { return }
        let number = archive_errno(archive)
        throw SystemError(
            "copy", path, errno: number > 0 ? number : EIO,
            detail: archive_error_string(archive).map { String(cString: $0) })
    }
}
