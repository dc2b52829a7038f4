import Glibc

/// Tells systemd, if that started us, how far we are.
enum Notification: String {
    case ready = "READY=1"
    case stopping = "STOPPING=1"

    func send() {
        guard let path = getenv("NOTIFY_SOCKET").map({ String(cString: $0) }) else { return }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard (2..<room).contains(path.utf8.count) else { return }
        withUnsafeMutableBytes(of: &address.sun_path) { bytes in
            bytes.copyBytes(from: path.utf8)
            // An abstract socket's name begins with a zero.
            if bytes[0] == UInt8(ascii: "@") { bytes[0] = 0 }
        }
        let size = MemoryLayout.offset(of: \sockaddr_un.sun_path).map { $0 + path.utf8.count } ?? 0
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        _ = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                sendto(descriptor, rawValue, rawValue.utf8.count, 0, address, socklen_t(size))
            }
        }
    }
}
