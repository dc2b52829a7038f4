import Glibc

/// Looks for ports of this host's that nobody listens on.
public enum PortProbe {
    /// Whether a program of this host has the port, or one that was chosen if it is 0; throws if the
    /// port is taken, or the address is not this host's.
    ///
    /// - Parameter address: IPv4; empty for all.
    public static func free(
        _ port: UInt16, at address: String, isStream: Bool
    ) throws(SystemError) -> UInt16 {
        let name = "\(address.isEmpty ? "0.0.0.0" : address):\(port)"
        let kind = isStream ? SOCK_STREAM : SOCK_DGRAM
        let descriptor = socket(AF_INET, Int32(kind.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SystemError("socket", name, errno: errno) }
        defer { close(descriptor) }
        // Connections of late that are being forgotten are nobody's.
        var yes: Int32 = 1
        setsockopt(
            descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_port = port.bigEndian
        if !address.isEmpty, inet_pton(AF_INET, address, &place.sin_addr) != 1 {
            throw SystemError("bind", name, errno: EINVAL)
        }
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(descriptor, pointer, length) == 0
                    && (!isStream || listen(descriptor, 1) == 0)
                    && getsockname(descriptor, pointer, &length) == 0
            }
        }
        guard isBound else { throw SystemError("bind", name, errno: errno) }
        return UInt16(bigEndian: place.sin_port)
    }
}
