import Testing

@testable import PouchClient

struct HostTests {
    @Test(arguments: ["unix:///run/pouchd.sock", "/run/pouchd.sock"])
    func `a host is a socket's absolute path`(_ text: String) throws {
        let host = try Host(text)
        #expect(host.path == "/run/pouchd.sock")
        #expect(host == .standard)
        #expect("\(host)" == "unix:///run/pouchd.sock")
    }

    @Test(arguments: ["", "unix://", "unix://run/x", "tcp://127.0.0.1:2375", "run/x", "/a\0b"])
    func `anything else is refused with what to write`(_ text: String) {
        #expect(throws: ClientError.invalidHost(text)) { try Host(text) }
    }

    @Test func `a path that is too long for a socket is refused`() throws {
        _ = try Host("/" + String(repeating: "x", count: 106))
        #expect(throws: ClientError.self) { try Host("/" + String(repeating: "x", count: 107)) }
    }
}
