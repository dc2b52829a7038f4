import Testing

@testable import Containers

struct AccountsTests {
    private let accounts = Accounts(
        passwd: """
            root:x:0:0:root:/root:/bin/sh
            # a comment
            app:x:1000:1001:App:/home/app:/bin/sh
            broken:x:many:0::
            short
            7:x:2000:2001::/:
            """,
        group: """
            root:x:0:
            wheel:x:10:root,other
            app:x:1001:
            video:x:44:app
            audio:x:45:other,app
            broken:x:z:app
            """)

    static let known: [(String, Accounts.Identity)] = [
        ("", .init(user: 0, group: 0, moreGroups: [10])),
        ("root", .init(user: 0, group: 0, moreGroups: [10])),
        ("0", .init(user: 0, group: 0, moreGroups: [10])),
        ("app", .init(user: 1000, group: 1001, moreGroups: [44, 45])),
        ("1000", .init(user: 1000, group: 1001, moreGroups: [44, 45])),
        ("app:", .init(user: 1000, group: 1001, moreGroups: [44, 45])),
        ("app:video", .init(user: 1000, group: 44)),
        ("app:77", .init(user: 1000, group: 77)),
        ("4000", .init(user: 4000, group: 0)),
        ("4000:4001", .init(user: 4000, group: 4001)),
        (":video", .init(user: 0, group: 44)),
        ("7", .init(user: 2000, group: 2001)),
    ]

    @Test(arguments: known)
    func `users and groups are resolved`(_ text: String, _ identity: Accounts.Identity) throws {
        #expect(try accounts.identity(of: text) == identity)
    }

    @Test(arguments: ["nobody", "broken", "short", "app:nogroup", "-1", "4294967295", "0x1"])
    func `who is not there is refused by name`(_ text: String) throws {
        let error = #expect(throws: ContainerError.self) { try accounts.identity(of: text) }
        let name = try #require(text.split(separator: ":").last)
        #expect(try #require(error).description.contains("\(name)"))
    }

    @Test func `an image without accounts has root and numbers`() throws {
        let none = Accounts(passwd: "", group: "")
        #expect(try none.identity(of: "") == .init())
        #expect(try none.identity(of: "5:6") == .init(user: 5, group: 6))
        #expect(throws: ContainerError.self) { try none.identity(of: "root") }
    }
}
