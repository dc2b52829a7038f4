import Glibc
import NIOCore

/// A connection to a pouchd whose reads and writes wait on the thread that calls them.
struct BlockingConnection: ~Copyable {
    private let host: Host
    private let descriptor: CInt

    init(to host: Host) throws(ClientError) {
        self.host = host
        descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .unreachable(host, errno: errno) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { path in
            path.copyBytes(from: host.path.utf8)  // A host's path is known to fit.
        }
        let answer = withUnsafeBytes(of: &address) { address in
            connect(
                descriptor, address.assumingMemoryBound(to: sockaddr.self).baseAddress,
                socklen_t(address.count))
        }
        guard answer == 0 else { throw .unreachable(host, errno: errno) }
    }

    deinit { close(descriptor) }

    /// Sends all of it, unless the other side has gone: what it said before is then to be read.
    func send(_ bytes: ByteBuffer) {
        bytes.withUnsafeReadableBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let part = UnsafeRawBufferPointer(rebasing: rest)
                let sent = Glibc.send(descriptor, part.baseAddress, part.count, CInt(MSG_NOSIGNAL))
                if sent < 0, errno == EINTR { continue }
                guard sent > 0 else { return }
                rest = rest.dropFirst(sent)
            }
        }
    }

    /// What has come; waits until there is something.
    func receive() throws(ClientError) -> ByteBuffer {
        var bytes = ByteBufferAllocator().buffer(capacity: 1 << 16)
        while true {
            let count = bytes.withUnsafeMutableWritableBytes { space in
                read(descriptor, space.baseAddress, space.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .cut(host, reason: String(cString: strerror(errno))) }
            guard count > 0 else { throw .cut(host, reason: "the connection was closed") }
            bytes.moveWriterIndex(forwardBy: count)
            return bytes
        }
    }
}
