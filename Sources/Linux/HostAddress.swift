import Glibc

/// The address of a host, as the host's resolver finds it.
public enum HostAddress {
    /// The first address of `name`; itself if it is one. Blocks as long as the resolver takes.
    public static func find(_ name: String) throws(SystemError) -> String {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(name, nil, &hints, &list)
        guard status == 0, let first = list?.pointee else {
            let reason = String(cString: gai_strerror(status))
            throw SystemError("find the address of", name, errno: EHOSTUNREACH, detail: reason)
        }
        defer { freeaddrinfo(list) }
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let answer = getnameinfo(
            first.ai_addr, first.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
        guard answer == 0 else {
            throw SystemError("find the address of", name, errno: EHOSTUNREACH)
        }
        return String(
            decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
