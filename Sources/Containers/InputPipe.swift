import Glibc
import Linux

/// The FIFO that is a container's stdin.
final class InputPipe: Sendable {
    private let descriptor: Int32
    private let path: String

    /// Reading too makes the open succeed before the other side has come.
    init(_ path: String) throws(SystemError) {
        self.path = path
        descriptor = open(path, O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError("open", path, errno: errno) }
    }

    deinit {
        close(descriptor)
    }

    /// Writes all of it, however slowly it is read.
    func write(_ bytes: [UInt8]) async throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            let reason = errno
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if reason == EAGAIN {
                try await waitForRoom()
            } else if reason != EINTR {
                throw SystemError("write", path, errno: reason)
            }
        }
    }

    private func waitForRoom() async throws {
        try Task.checkCancellation()
        try await Blocking.run("write to \(path)", seconds: 60) { [self] in
            var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            poll(&wanted, 1, 200)
        }
    }
}
