import CLinux
import Glibc

/// What one container writes: its FIFOs, and the log that they go to.
final class KeptOutput {
    let id: String
    private var streams: [Int32: LogFile.Stream] = [:]
    /// Tells the FIFO from another that has its name later.
    private let identity: (device: UInt, inode: UInt)
    /// Holds the FIFO although it may have ended, or another would get its inode.
    private let hold: Int32
    private let log: LogFile
    /// Shortens the log to its limit, when it is not written any more.
    let shorten: () -> Void

    /// `stderr` is empty for a terminal, where all is one stream; `limit` is how many bytes of log
    /// are kept.
    init(
        id: String, stdout: String, stderr: String, log: String, limit: Int?
    ) throws(Failure) {
        self.id = id
        let descriptor = try Self.openPipe(stdout)
        var status = stat()
        fstat(descriptor, &status)
        identity = (UInt(status.st_dev), UInt(status.st_ino))
        hold = open("/proc/self/fd/\(descriptor)", Int32(CLINUX_O_PATH) | O_CLOEXEC)
        streams[descriptor] = .stdout
        do {
            if !stderr.isEmpty { streams[try Self.openPipe(stderr)] = .stderr }
            self.log = try LogFile(log, limit: limit)
            shorten = { (try? LogFile(log, limit: limit))?.close() }
        } catch {
            for descriptor in streams.keys { Glibc.close(descriptor) }
            Glibc.close(hold)
            throw error
        }
    }

    private static func openPipe(_ path: String) throws(Failure) -> Int32 {
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure("open", path) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFIFO else {
            Glibc.close(descriptor)
            throw Failure(path, because: "is no FIFO")
        }
        return descriptor
    }

    /// The FIFOs that still may bring something.
    var pipes: [Int32] { Array(streams.keys) }
    var isOver: Bool { streams.isEmpty }
    /// How long the log is.
    var size: Int { log.size }

    /// Where somebody still reads the log.
    var floor: Int? {
        get { log.floor }
        set { log.floor = newValue }
    }

    var isTooLong: Bool { log.isTooLong }

    /// Whether `path` still names the FIFO that is read.
    func reads(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
            && identity == (UInt(status.st_dev), UInt(status.st_ino))
    }

    /// Moves one piece to the log; answers whether it was the last.
    func take(from pipe: Int32, _ reader: PipeReader) -> Bool {
        guard let stream = streams[pipe] else { return true }
        switch reader.read(pipe) {
        case .bytes(let bytes):
            log.append(bytes, from: stream)
            return false
        case .nothingNow: return false
        case .end: return true
        }
    }

    /// Moves what the FIFOs hold now, and not what someone goes on writing for ever.
    func drain(_ reader: PipeReader) {
        for (pipe, stream) in streams {
            for _ in 0..<64 {
                guard case .bytes(let bytes) = reader.read(pipe) else { break }
                log.append(bytes, from: stream)
            }
        }
    }

    func close(_ pipe: Int32) {
        guard streams.removeValue(forKey: pipe) != nil else { return }
        Glibc.close(pipe)
    }

    func finish() {
        log.close()
        Glibc.close(hold)
    }
}
