import CLibArchive
import CLinux
import Glibc

/// Writes a tree, seen from the thread's working directory, to a descriptor.
struct TreePacker {
    /// Filesystems that hold nobody's files.
    private static let unreal: Set<Int64> = [
        // proc, sysfs, cgroup, cgroup2, devpts, mqueue, securityfs, debugfs.
        0x9fa0, 0x6265_6572, 0x0027_e0eb, 0x6367_7270, 0x1cd1, 0x1980_0202, 0x7363_6673,
        0x6462_6720,
    ]

    private let name: String
    private let shownName: String
    private let keepsToMount: Bool
    private let descriptor: Int32
    private let compression: Archiving.Compression

    init(
        _ subject: Archiving.Subject, to descriptor: Int32, _ compression: Archiving.Compression
    ) {
        name = subject.name
        shownName = subject.shownName
        keepsToMount = subject.keepsToMount
        self.descriptor = descriptor
        self.compression = compression
    }

    func run() throws {
        let reader = archive_read_disk_new()
        let writer = archive_write_new()
        let links = archive_entry_linkresolver_new()
        defer {
            archive_entry_linkresolver_free(links)
            archive_write_free(writer)
            archive_read_free(reader)
        }
        guard let reader, let writer, let links else { throw ArchiveError("out of memory") }
        try prepare(reader, writer)
        archive_entry_linkresolver_set_strategy(links, ARCHIVE_FORMAT_TAR_PAX_INTERCHANGE)
        while let entry = try nextEntry(reader) {
            let isRoot = archive_entry_pathname(entry).map { String(cString: $0) } == name
            if isRoot || !isUnreal(entry) { archive_read_disk_descend(reader) }
            try pack(entry, reader, writer, links)
        }
        try check(archive_write_close(writer), writer, "the archive")
    }

    private func prepare(_ reader: OpaquePointer, _ writer: OpaquePointer) throws {
        let mounts = keepsToMount ? ARCHIVE_READDISK_NO_TRAVERSE_MOUNTS : 0
        try check(
            archive_read_disk_set_behavior(reader, ARCHIVE_READDISK_NO_FFLAGS | mounts), reader,
            name)
        try check(archive_read_disk_set_symlink_physical(reader), reader, name)
        try check(archive_read_disk_open(reader, name), reader, name)
        try check(archive_write_set_format_pax(writer), writer, "the archive")
        switch compression {
        case .none: break
        case .gzip: try check(archive_write_add_filter_gzip(writer), writer, "gzip")
        case .zstd: try check(archive_write_add_filter_zstd(writer), writer, "zstd")
        }
        archive_write_set_bytes_per_block(writer, 1 << 16)
        archive_write_set_bytes_in_last_block(writer, 1)
        try check(archive_write_open_fd(writer, descriptor), writer, "the archive")
    }

    private func nextEntry(_ reader: OpaquePointer) throws -> OpaquePointer? {
        var entry: OpaquePointer?
        let result = archive_read_next_header(reader, &entry)
        guard result != ARCHIVE_EOF else { return nil }
        // A file that went while the tree was read is no loss: it could have gone before.
        if result < ARCHIVE_OK, archive_errno(reader) == ENOENT, entry == nil { return nil }
        try check(result, reader, entry.map(path) ?? name)
        return entry
    }

    private func isUnreal(_ entry: OpaquePointer) -> Bool {
        guard S_IFDIR == archive_entry_filetype(entry),
            let path = archive_entry_sourcepath(entry) ?? archive_entry_pathname(entry)
        else { return false }
        var status = clinux_filesystem_status()
        guard let directory = try? OpenFile(String(cString: path), for: .reference),
            clinux_filesystem(directory.descriptor, &status) == 0
        else { return false }
        return Self.unreal.contains(status.type)
    }

    private func pack(
        _ entry: OpaquePointer, _ reader: OpaquePointer, _ writer: OpaquePointer,
        _ links: OpaquePointer
    ) throws {
        // Sockets mean nothing without who listens.
        guard archive_entry_filetype(entry) != S_IFSOCK else { return }
        rename(entry)
        var linked: OpaquePointer? = entry
        var later: OpaquePointer?
        archive_entry_linkify(links, &linked, &later)
        let path = path(entry)
        try check(archive_write_header(writer, entry), writer, path)
        guard archive_entry_hardlink(entry) == nil, archive_entry_size(entry) > 0 else { return }
        try packData(of: path, size: archive_entry_size(entry), reader, writer)
    }

    /// The archive's own name for what we read.
    private func rename(_ entry: OpaquePointer) {
        guard let path = archive_entry_pathname(entry) else { return }
        var rest = path + name.utf8.count
        while rest.pointee == CChar(UInt8(ascii: "/")) { rest += 1 }
        var bytes = Array(shownName.utf8CString.dropLast())
        if rest.pointee != 0 {
            if bytes.last != CChar(UInt8(ascii: "/")) { bytes.append(CChar(UInt8(ascii: "/"))) }
            bytes += EntryName(rest).bytes.dropLast()
        }
        archive_entry_copy_pathname(entry, bytes + [0])
    }

    /// What lies between blocks is a hole: zeros here, which the format leaves out again.
    private func packData(
        of path: String, size: Int64, _ reader: OpaquePointer, _ writer: OpaquePointer
    ) throws {
        var bytes: UnsafeRawPointer?
        var count = 0
        var offset: Int64 = 0
        var position: Int64 = 0
        while true {
            let result = archive_read_data_block(reader, &bytes, &count, &offset)
            guard result != ARCHIVE_EOF else { break }
            try check(result, reader, path)
            try fill(from: position, to: min(offset, size), path, writer)
            // A file that grows while it is read is packed as long as it was.
            let taken = max(0, min(Int64(count), size - offset))
            if taken > 0 {
                let written = archive_write_data(writer, bytes, Int(taken))
                try check(Int32(clamping: written), writer, path)
            }
            position = offset + Int64(count)
            if position >= size { break }
        }
        try fill(from: position, to: size, path, writer)
    }

    private static let zeros = [UInt8](repeating: 0, count: 1 << 18)

    private func fill(
        from start: Int64, to end: Int64, _ path: String, _ writer: OpaquePointer
    ) throws {
        var rest = end - start
        while rest > 0 {
            let count = Int(min(rest, Int64(Self.zeros.count)))
            let written = archive_write_data(writer, Self.zeros, count)
            try check(Int32(clamping: written), writer, path)
            guard written > 0 else { return }
            rest -= Int64(written)
        }
    }

    private func path(_ entry: OpaquePointer) -> String {
        archive_entry_pathname(entry).map { String(cString: $0) } ?? name
    }

    /// A warning means that something was not kept: as bad as an error.
    private func check(_ result: Int32, _ archive: OpaquePointer, _ path: String) throws {
        guard result < ARCHIVE_OK else { return }
        let reason = archive_error_string(archive).map { String(cString: $0) } ?? "unreadable"
        throw ArchiveError("pack \(path): \(reason)")
    }
}
