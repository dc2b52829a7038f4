import Glibc
import Synchronization

/// Says when names appear in directories, or go; directories that are not there yet are waited for.
///
/// It says only that something may have changed: who wants to know what has to look.
public final class DirectoryWatch: Sendable {
    private static let changes = UInt32(
        IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE | IN_DELETE_SELF
            | IN_MOVE_SELF)

    private let inotify: Int32
    /// The end of a pipe whose other end becomes readable when this one is closed.
    private let lifeline: Int32
    /// A value for each change, or for several that came at once.
    public let events: AsyncStream<Void>

    public init() throws(SystemError) {
        var ends: [Int32] = [-1, -1]
        try checked("pipe", nil) { pipe(&ends) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let (ending, lifeline) = (ends[0], ends[1])
        let inotify = inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK))
        guard inotify >= 0 else {
            let number = errno
            close(ending)
            close(lifeline)
            throw SystemError("inotify_init", errno: number)
        }
        let (events, continuation) = AsyncStream<Void>.makeStream(
            bufferingPolicy: .bufferingNewest(1))
        self.inotify = inotify
        self.lifeline = lifeline
        self.events = events
        // The thread closes what it reads from: it may still read when this object has gone.
        try Thread.start {
            Self.pass(inotify, ending, to: continuation)
            close(inotify)
            close(ending)
        }
    }

    deinit {
        close(lifeline)
    }

    /// Watches a directory from now on; of one that is not there, the nearest above that is.
    ///
    /// To watch what is watched already changes nothing.
    public func watch(_ directory: String) {
        var path = directory
        while inotify_add_watch(inotify, path, Self.changes | UInt32(IN_ONLYDIR)) < 0 {
            guard path != "/" else { return }
            let parent = path.split(separator: "/").dropLast().joined(separator: "/")
            path = "/" + parent
        }
    }

    private static func pass(
        _ inotify: Int32, _ ending: Int32, to continuation: AsyncStream<Void>.Continuation
    ) {
        defer { continuation.finish() }
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            var waiting = [
                pollfd(fd: inotify, events: Int16(POLLIN), revents: 0),
                pollfd(fd: ending, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&waiting, 2, -1) >= 0 || errno == EINTR else { return }
            if waiting[1].revents != 0 { return }
            var hasChanged = false
            while read(inotify, &buffer, buffer.count) > 0 { hasChanged = true }
            if hasChanged { continuation.yield() }
        }
    }
}
