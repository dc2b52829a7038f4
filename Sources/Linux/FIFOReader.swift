import Glibc

/// The reading end of a FIFO, which may be opened before anybody writes.
public final class FIFOReader: Sendable {
    private let descriptor: Int32
    private let path: String
    private static let most = 64 << 10

    public init(_ path: String) throws(SystemError) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError("open", path, errno: errno) }
    }

    deinit {
        close(descriptor)
    }

    /// Waits for the next bytes; nil once everybody who wrote has left.
    public func next() async throws -> [UInt8]? {
        while true {
            try await Readiness.shared.wait(for: descriptor)
            var reason: Int32 = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: Self.most) { buffer, count in
                let read = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                reason = read < 0 ? errno : 0
                count = max(0, read)
            }
            guard bytes.isEmpty else { return bytes }
            if reason == 0 { return nil }
            guard reason == EAGAIN || reason == EINTR else {
                throw SystemError("read", path, errno: reason)
            }
        }
    }
}
