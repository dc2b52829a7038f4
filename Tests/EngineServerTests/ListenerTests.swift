import Glibc
import Linux
import TestSupport
import Testing

struct ListenerTests {
    @Test func `the socket is its owner's and group's, and nothing is left beside it`() async throws
    {
        try await TestServer.run { server in
            var status = stat()
            #expect(stat(server.socket, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o660)
            #expect(status.st_uid == geteuid())
            let names = try names(in: server.directory)
            #expect(names == ["pouchd.sock"])
        }
    }

    @Test func `it is gone when the server has stopped`() async throws {
        try await withTemporaryDirectory { directory in
            let listener = Listener(path: directory + "/s.sock", group: nil)
            let draft = try listener.prepare()
            let socket = try bind(draft)
            try listener.publish(draft)
            #expect(try names(in: directory) == ["s.sock"])
            close(socket)
            listener.withdraw(draft)
            #expect(try names(in: directory) == [])
        }
    }

    @Test(.requiresRoot(to: "give a socket to a group"))
    func `a group may be let in`() async throws {
        try await withTemporaryDirectory { directory in
            let listener = Listener(path: directory + "/s.sock", group: "daemon")
            let draft = try listener.prepare()
            let socket = try bind(draft)
            defer { close(socket) }
            try listener.publish(draft)
            var status = stat()
            #expect(stat(listener.path, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o660)
            #expect(status.st_gid == getgrnam("daemon")?.pointee.gr_gid)
        }
    }

    @Test func `while it is made ready nobody else can reach it`() async throws {
        try await withTemporaryDirectory { directory in
            let draft = try Listener(path: directory + "/s.sock", group: nil).prepare()
            var status = stat()
            #expect(stat(String(draft.dropLast(2)), &status) == 0)
            #expect(status.st_mode & 0o777 == 0o700)
        }
    }

    @Test func `a socket that nobody serves any more is replaced`() async throws {
        try await withTemporaryDirectory { directory in
            close(try bind(directory + "/s.sock"))
            let listener = Listener(path: directory + "/s.sock", group: nil)
            let draft = try listener.prepare()
            let socket = try bind(draft)
            defer { close(socket) }
            try listener.publish(draft)
        }
    }

    @Test func `a place that is taken is refused, and left alone`() async throws {
        try await withTemporaryDirectory { directory in
            let socket = try bind(directory + "/served.sock")
            defer { close(socket) }
            mkdir(directory + "/directory", 0o700)
            let long = directory + "/" + String(repeating: "a", count: 108)
            let places = [
                ("served.sock", "another process"), ("directory", "no socket"),
                ("none/s.sock", "make a directory beside"),
                (String(long.dropFirst(directory.count + 1)), "too long"),
            ]
            for (name, reason) in places {
                let path = directory + "/" + name
                #expect(
                    performing: { try Listener(path: path, group: nil).prepare() },
                    throws: { "\($0)".contains(reason) && "\($0)".contains(path) })
            }
            #expect(try names(in: directory) == ["directory", "served.sock"])
        }
    }

    private func bind(_ path: String) throws -> CInt {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.bind(descriptor, $0, size)
            }
        }
        try #require(result == 0 && listen(descriptor, 8) == 0)
        return descriptor
    }

    private func names(in directory: String) throws -> [String] {
        let stream = try #require(opendir(directory))
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            names.append(
                withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                })
        }
        return names.filter { $0 != "." && $0 != ".." }.sorted()
    }
}
