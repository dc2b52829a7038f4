import Glibc

/// Reads a directory's entries, some at a time.
final class DirectoryEntries {
    private let stream: OpaquePointer
    private let path: String

    init(of directory: OpenFile) throws(SystemError) {
        path = directory.path
        // A descriptor of its own: the stream's position is nobody else's.
        let descriptor = try checked("open", path) {
            openat(directory.descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        }
        guard let stream = fdopendir(descriptor) else {
            let number = errno
            close(descriptor)
            throw SystemError("opendir", path, errno: number)
        }
        self.stream = stream
    }

    deinit {
        closedir(stream)
    }

    /// The next entry but `.` and `..`; nil after the last.
    func next() throws(SystemError) -> (name: EntryName, kind: FileStatus.Kind)? {
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                let number = errno
                guard number == 0 else { throw SystemError("read", path, errno: number) }
                return nil
            }
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { EntryName($0) }
            }
            guard !name.isDot else { continue }
            return (name, FileStatus.Kind(mode: UInt32(entry.pointee.d_type) << 12))
        }
    }

    /// Starts over.
    func rewind() { rewinddir(stream) }
}

/// An entry's name as the kernel has it: any bytes, not always text.
struct EntryName: CustomStringConvertible {
    /// Ends with a zero.
    let bytes: [CChar]

    init(_ name: UnsafePointer<CChar>) {
        bytes = Array(UnsafeBufferPointer(start: name, count: strlen(name) + 1))
    }

    init(_ name: String) {
        bytes = Array(name.utf8CString)
    }

    var isDot: Bool {
        let dot = CChar(UInt8(ascii: "."))
        return bytes == [dot, 0] || bytes == [dot, dot, 0]
    }

    var description: String {
        String(decoding: bytes.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
