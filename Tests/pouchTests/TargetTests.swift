import Testing

@testable import PouchClient

struct TargetTests {
    @Test(arguments: [
        ("data", "/volumes/data"), ("a/b", "/volumes/a%2Fb"), ("..", "/volumes/.."),
        ("a b?c#d%", "/volumes/a%20b%3Fc%23d%25"), ("ü\n\0", "/volumes/%C3%BC%0A%00"),
    ])
    func `a name can't become another path`(_ name: String, _ path: String) throws {
        #expect(try Target("/volumes", name).description == path)
    }

    @Test func `an empty name is refused before anything is asked`() {
        #expect(throws: ClientError.emptyName) { try Target("/volumes", "") }
    }

    @Test func `a query holds what is given and nothing else`() throws {
        let target = try Target("/containers", "web", "logs")
            .adding("follow", if: true).adding("timestamps", if: false)
            .adding("tail", "10").adding("since", nil)
        #expect(target.description == "/containers/web/logs?follow=1&tail=10")
    }

    @Test func `filters are sent in a stable order`() throws {
        let target = try Target("/volumes").adding(["name": ["a"], "label": ["k=v,w", "x"]])
        let json = #"{"label":["k=v,w","x"],"name":["a"]}"#
        #expect(target.description.removingEscapes == "/volumes?filters=" + json)
        #expect(try Target("/volumes").adding([:]).description == "/volumes")
    }
}

extension String {
    fileprivate var removingEscapes: String {
        replacing(/%([0-9A-F]{2})/) { match in
            String(Unicode.Scalar(UInt8(match.1, radix: 16) ?? 0))
        }
    }
}
