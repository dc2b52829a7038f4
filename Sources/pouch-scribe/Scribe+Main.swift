import Glibc

extension Scribe {
    /// `pouch-scribe PIDFILE SOCKET`, with the socket that listens there for its input.
    static func main() -> Never {
        do {
            try makeRoomForFiles()
            guard CommandLine.arguments.count == 3, isListening(0),
                fcntl(0, F_SETFL, O_NONBLOCK) == 0
            else {
                throw Failure(
                    "nothing to do", because: "pouchd starts this, to keep what containers write")
            }
            let traces = Array(CommandLine.arguments.dropFirst())
            try write("\(getpid())\n", to: traces[0])
            try Scribe(listener: 0, traces: traces).run()
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

    private static func isListening(_ socket: Int32) -> Bool {
        var answer: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(socket, SOL_SOCKET, SO_ACCEPTCONN, &answer, &length) == 0 && answer != 0
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
