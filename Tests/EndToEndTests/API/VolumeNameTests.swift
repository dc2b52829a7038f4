import TestSupport
import Testing

/// Names that are good, and those that would lead out of the volumes' directory.
@Suite(.daemon, .inTime, .serialized, .requiresRoot(to: "run pouchd"))
struct VolumeNameTests {
    let daemon: TestDaemon

    init() throws { daemon = try .shared }

    static let good = [
        "aa", "0a", "a-", "a.", "a_", "A..b", "data.v2_final-1", String(repeating: "a", count: 255),
        "con", "lost+found".replacing("+", with: "-"), "volume.db", "trash", "quarantine",
    ]

    @Test(arguments: good)
    func `a good name names a volume and its directory`(name: String) async throws {
        let answer = try await daemon.ask("POST", "/volumes/create", ["Name": .string(name)])
        #expect(answer.status == 201, "\(answer)")
        #expect(daemon.directories.contains(name))
        #expect(try await daemon.ask("GET", "/volumes/\(name)").json["Name"] == .string(name))
        #expect(try await daemon.ask("DELETE", "/volumes/\(name)").status == 204)
        #expect(!daemon.directories.contains(name))
    }

    static let bad = [
        ".", "..", "a/b", "/a", "a/", "../a", "a/../b", "-a", "_a", ".a", "a", "a b", " a", "aa ",
        "a\u{0}b", "aa\u{0}", "\u{0}", "a\nb", "aa\n", "ää", "a\u{301}a", "a:b", "a*b", "a\\b",
        "a%2fb",
        "%2e%2e", "a+b", "a@b", "日本", String(repeating: "a", count: 256),
        String(repeating: "a", count: 100_000),
    ]

    @Test(arguments: bad)
    func `a bad name is refused, and nothing is made`(name: String) async throws {
        let before = daemon.directories
        let answer = try await daemon.ask("POST", "/volumes/create", ["Name": .string(name)])
        #expect(answer.status == 400, "\(answer)")
        #expect(!answer.message.isEmpty)
        #expect(answer.message.utf8.count < 2000, "a message repeats \(name.utf8.count) bytes")
        #expect(daemon.directories == before)
        #expect(try await daemon.volumes == [])
    }

    @Test func `one letter is too short, and the answer says so`() async throws {
        let answer = try await daemon.ask("POST", "/volumes/create", ["Name": "a"])
        #expect(answer.message.contains("too short"))
    }

    @Test(
        arguments: [
            "..", "%2e%2e", ".", "%2E", "a%2fb", "..%2f..%2fetc", "a/b", "a/../b", "/", "%00",
            "aa%00",
            "%ff%fe", "%", "%zz", "aa%2", "a%20b", "../../volume", "%252e%252e",
        ], ["GET", "DELETE"])
    func `no path leads to what is no volume`(path: String, method: String) async throws {
        let answer = try await daemon.ask(method, "/volumes/\(path)?force=0")
        #expect((400..<500).contains(answer.status), "\(answer)")
    }

    @Test func `an escaped name is the same name`() async throws {
        _ = try await daemon.ask("POST", "/volumes/create", ["Name": "escaped"])
        #expect(try await daemon.ask("GET", "/volumes/esc%61ped").json["Name"] == "escaped")
        #expect(try await daemon.ask("DELETE", "/volumes/%65scaped").status == 204)
    }

    @Test func `the command line can't be led astray either`() async throws {
        for name in ["..", "a/b", "../volume", "aa%2e", ""] where !name.isEmpty {
            for verb in ["inspect", "rm"] {
                let finished = try await daemon.pouch("volume", verb, name)
                #expect(finished.status == 1, "\(finished)")
                #expect(finished.errors.hasPrefix("pouch: ") || finished.errors.contains(name))
            }
            #expect(try await daemon.pouch("volume", "create", name).status == 1)
        }
        #expect(daemon.directories == [])
    }
}
