import CLinux
import Glibc

/// A process that another run of this program may have started, held so that what is done to it
/// never meets a stranger that got its id.
public final class RunningProcess: Sendable {
    public let id: Int32
    private let descriptor: Int32

    /// Nil if no process has that id.
    public init?(_ id: Int32) {
        let descriptor = clinux_process_open(id)
        guard descriptor >= 0 else { return nil }
        self.id = id
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// The ids of all processes that this one can see, in no particular order.
    public static var ids: [Int32] {
        get throws(SystemError) {
            try OpenFile("/proc", for: .directory).names().compactMap { Int32($0) }
        }
    }

    /// The words that it was started with; nil from the moment that it begins to end, while it may
    /// still have files open.
    public var words: [String]? {
        guard let text = try? OpenFile.bytes(at: "/proc/\(id)/cmdline"), !text.isEmpty else {
            return nil
        }
        return text.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Asks it to end.
    public func terminate() { _ = clinux_process_signal(descriptor, SIGTERM) }

    /// Ends it at once.
    public func kill() { _ = clinux_process_signal(descriptor, SIGKILL) }

    /// All of its threads are gone, and what they had open is closed; nobody need have asked for
    /// its exit code yet.
    public var hasEnded: Bool {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&waiting, 1, 0) == 1
    }
}
