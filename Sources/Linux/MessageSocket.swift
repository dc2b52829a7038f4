import Glibc

/// A connection between two processes of this host that keeps the bounds of messages.
public final class MessageSocket: Sendable {
    /// Longer messages are cut off.
    private static let longest = 64 << 10

    private let descriptor: Int32
    private let path: String

    /// Connects; ENOENT and ECONNREFUSED mean that nobody listens.
    public init(connectingTo path: String) throws(SystemError) {
        self.path = path
        descriptor = try Self.make(path)
        // What is thrown from here on closes the socket by way of deinit.
        try Self.withAddress(of: path) { name, size throws(SystemError) in
            try checked("connect", path) { connect(descriptor, name, size) }
        }
    }

    deinit {
        close(descriptor)
    }

    /// A socket that listens at `path`, in place of what was there, for processes of this user.
    public static func listener(at path: String) throws(SystemError) -> OpenFile {
        let socket = OpenFile(adopting: try make(path), path: path)
        unlink(path)
        try withAddress(of: path) { name, size throws(SystemError) in
            try checked("bind", path) { bind(socket.descriptor, name, size) }
        }
        try checked("chmod", path) { chmod(path, 0o600) }
        try checked("listen", path) { listen(socket.descriptor, 16) }
        return socket
    }

    private static func make(_ path: String) throws(SystemError) -> Int32 {
        try checked("socket", path) {
            socket(
                AF_UNIX, Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        }
    }

    /// The kernel takes 107 bytes at most, so the address names the directory by its descriptor.
    private static func withAddress(
        of path: String,
        _ body: (UnsafePointer<sockaddr>, socklen_t) throws(SystemError) -> Void
    ) throws(SystemError) {
        let slash = path.lastIndex(of: "/")
        let name = slash.map { path[path.index(after: $0)...] } ?? path[...]
        let directory = try OpenFile(
            slash.map { String(path[...$0]) } ?? ".", for: .reference, following: true)
        let text = Array("\(directory.pinnedPath)/\(name)".utf8)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard text.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw SystemError("socket", path, errno: ENAMETOOLONG)
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: text) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                Result { () throws(SystemError) in
                    try body(name, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
        }
        try result.get()
    }

    /// Hands a message over, at once or (EAGAIN) not at all.
    public func send(_ message: [UInt8]) throws(SystemError) {
        try checked("send", path) {
            Glibc.send(
                descriptor, message, message.count,
                Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
        }
    }

    /// Hands each message that comes to `handler`, on a thread of its own, and at the end nil.
    public func receive(
        _ handler: @escaping @Sendable ([UInt8]?) -> Void
    ) throws(SystemError) {
        try Thread.start { [self] in
            var buffer = [UInt8](repeating: 0, count: Self.longest)
            while true {
                let count = recv(descriptor, &buffer, buffer.count, 0)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                handler(Array(buffer.prefix(count)))
            }
            handler(nil)
        }
    }

    /// Ends the connection, here and there.
    public func hangUp() {
        shutdown(descriptor, Int32(SHUT_RDWR))
    }
}
