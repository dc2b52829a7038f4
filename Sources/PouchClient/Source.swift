import Glibc
import NIOCore
import NIOPosix

/// Bytes to send up: an open file, or what comes in on a pipe.
public struct Source: Sendable {
    /// What people call it, for errors.
    private let name: String
    private let descriptor: CInt
    /// Told how many bytes have gone.
    private let progress: (@Sendable (_ bytes: Int) -> Void)?

    /// Reads from an open descriptor, which stays the caller's to close.
    public init(
        _ descriptor: CInt, name: String, progress: (@Sendable (_ bytes: Int) -> Void)? = nil
    ) {
        self.descriptor = descriptor
        self.name = name
        self.progress = progress
    }

    /// The next bytes; nil at the end.
    ///
    /// Waits in short turns, so that a pipe on which nothing comes doesn't hold up a cancelled
    /// task.
    func next() async throws -> ByteBuffer? {
        while true {
            let bytes = try await NIOThreadPool.singleton.runIfActive { try read() }
            guard let bytes else { continue }
            progress?(bytes.count)
            return bytes.isEmpty ? nil : ByteBuffer(bytes: bytes)
        }
    }

    /// What is there to read: nil if nothing came yet, empty at the end.
    private func read() throws(ClientError) -> [UInt8]? {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&waiting, 1, 200) != 0 else { return nil }
        var failure: CInt = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: 1 << 18) { space, count in
            let answer = Glibc.read(descriptor, space.baseAddress, space.count)
            if answer < 0 { failure = errno }
            count = max(0, answer)
        }
        guard failure == 0 else {
            if failure == EINTR || failure == EAGAIN { return nil }
            throw .unreadable(name, errno: failure)
        }
        return bytes
    }
}
