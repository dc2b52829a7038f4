import Glibc

extension Scribe {
    /// `pouch-scribe PIDFILE`, with a listening socket for its input.
    static func main() -> Never {
        do {
            try makeRoomForFiles()
            guard CommandLine.arguments.count == 2, let socket = pathOfInput() else {
                throw Failure("pouch-scribe", "started by pouchd, to keep what containers write")
            }
            let pidFile = CommandLine.arguments[1]
            try write("\(getpid())\n", to: pidFile)
            try Scribe(listener: 0, traces: [pidFile, socket]).run()
            exit(0)
        } catch {
            report("\(error)")
            exit(1)
        }
    }

    static func report(_ text: String) {
        let line = Array("pouch-scribe: \(text)\n".utf8)
        _ = Glibc.write(2, line, line.count)
    }

    /// Each container has three files open here.
    private static func makeRoomForFiles() throws(Failure) {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            throw Failure("getrlimit")
        }
        limit.rlim_cur = limit.rlim_max
        guard setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            throw Failure("setrlimit")
        }
    }

    /// Where the socket on the input listens; nil if there is none.
    private static func pathOfInput() -> String? {
        var isListening: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(0, SOL_SOCKET, SO_ACCEPTCONN, &isListening, &length) == 0,
            isListening != 0, fcntl(0, F_SETFL, O_NONBLOCK) == 0
        else { return nil }
        var address = sockaddr_un()
        var size = socklen_t(MemoryLayout<sockaddr_un>.size)
        return withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                guard getsockname(0, name, &size) == 0, Int32(name.pointee.sa_family) == AF_UNIX
                else { return nil }
                return withUnsafeBytes(of: pointer.pointee.sun_path) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
            }
        }
    }

    private static func write(_ text: String, to path: String) throws(Failure) {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw Failure("open", path) }
        defer { close(file) }
        let bytes = Array(text.utf8)
        guard Glibc.write(file, bytes, bytes.count) == bytes.count else {
            throw Failure("write", path)
        }
    }
}
