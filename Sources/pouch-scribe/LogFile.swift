import CLinux
import Glibc

/// A container's log, in the format that Kubernetes' container runtimes write:
/// `TIME STREAM P|F CONTENT`, one entry per line.
///
/// `F` stands for content that a newline followed, `P` for content that none has followed so far.
/// What the disk has no room for is counted and noted, and never makes a container wait. Of a log
/// with a limit, the oldest blocks are given back to the disk: offsets stay what they are.
final class LogFile {
    enum Stream: String {
        case stdout, stderr
    }

    /// Bytes of whole entries.
    private(set) var size: Int
    private let path: String
    private let descriptor: Int32
    private var lost = 0
    private var entries: [UInt8] = []
    private let clock = Clock()
    /// Bytes that it may take on the disk, about; nil for no limit.
    private let limit: Int?
    /// Bytes before it have been given back.
    private var beginning = 0
    /// Where somebody is that still reads; what is from there on stays, within reason.
    var floor: Int?
    /// How far a slow reader may lag behind besides, in bytes.
    private static let patience = 64 << 20
    /// No filesystem's blocks are larger than that and smaller than a useful log.
    private static let block = 4096

    init(_ path: String, limit: Int?) throws(Failure) {
        self.path = path
        self.limit = limit
        descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Failure("open", path) }
        size = Int(lseek(descriptor, 0, SEEK_END))
        trim()
        guard limit != nil else { return }
        beginning = max(0, Int(lseek(descriptor, 0, Self.seekData)))
        do {
            try checkLimit()
        } catch {
            Glibc.close(descriptor)
            throw error
        }
        forget()
    }

    /// A limit that the filesystem can't keep is refused, not forgotten.
    private func checkLimit() throws(Failure) {
        let end = Int64(size) + (1 << 30)
        guard clinux_punch_hole(descriptor, end, Int64(Self.block)) == 0 else {
            throw Failure(
                path,
                because: "its filesystem takes no part of a file back: leave out the log's max-size"
            )
        }
    }

    private static let seekData: Int32 = 3

    /// Whether a slow reader has it keep more than its limit.
    var isTooLong: Bool { limit.map { size - beginning > $0 } ?? false }

    /// Gives the oldest back, so that a quarter of what is allowed is free again.
    private func forget() {
        guard let limit, size - beginning > limit else { return }
        var end = size - limit / 4 * 3
        if let floor { end = min(end, max(floor, size - limit - Self.patience)) }
        let start = end / Self.block * Self.block
        guard start > beginning,
            clinux_punch_hole(descriptor, 0, Int64(start)) == 0
        else { return }
        beginning = start
    }

    /// Takes away half an entry that a crash may have left, so that the next one stands alone.
    private func trim() {
        let end = size
        var block = [UInt8](repeating: 0, count: 64 << 10)
        while size > 0 {
            let start = max(0, size - block.count)
            let count = pread(descriptor, &block, size - start, off_t(start))
            guard count == size - start else { return }
            if let newline = block[..<count].lastIndex(of: UInt8(ascii: "\n")) {
                size = start + newline + 1
                break
            }
            size = start
        }
        if size < end { ftruncate(descriptor, off_t(size)) }
    }

    func append(_ bytes: UnsafeRawBufferPointer, from stream: Stream) {
        entries.removeAll(keepingCapacity: true)
        let time = clock.now()
        noteLoss(at: time)
        var rest = bytes[...]
        while let newline = rest.firstIndex(of: UInt8(ascii: "\n")) {
            add(rest[..<newline], from: stream, "F", at: time)
            rest = rest[(newline + 1)...]
        }
        if !rest.isEmpty { add(rest, from: stream, "P", at: time) }
        if write() {
            lost = 0
        } else {
            if lost == 0 { Scribe.report(Failure("write", path).description) }
            lost += bytes.count
        }
    }

    private func add(
        _ content: Slice<UnsafeRawBufferPointer>, from stream: Stream, _ tag: StaticString,
        at time: [UInt8]
    ) {
        entries.append(contentsOf: time)
        entries.append(contentsOf: stream == .stdout ? " stdout ".utf8 : " stderr ".utf8)
        entries.append(tag.utf8Start.pointee)
        entries.append(UInt8(ascii: " "))
        entries.append(contentsOf: UnsafeRawBufferPointer(rebasing: content))
        entries.append(UInt8(ascii: "\n"))
    }

    private func noteLoss(at time: [UInt8]) {
        guard lost > 0 else { return }
        let note = "[pouch: \(lost) bytes of output are missing here: the log could not be written]"
        entries.append(contentsOf: time)
        entries.append(contentsOf: " stderr F \(note)\n".utf8)
    }

    /// Writes all of the entries or none.
    private func write() -> Bool {
        var done = 0
        while done < entries.count {
            let count = entries.withUnsafeBytes { bytes in
                Glibc.write(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let reason = errno
                ftruncate(descriptor, off_t(size))
                errno = reason
                return false
            }
            done += count
        }
        size += entries.count
        forget()
        return true
    }

    /// Says what is missing, if there is room for that by now.
    func close() {
        if lost > 0 {
            entries.removeAll(keepingCapacity: true)
            noteLoss(at: clock.now())
            _ = write()
        }
        Glibc.close(descriptor)
    }
}
