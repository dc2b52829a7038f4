import TestSupport
import Testing

/// Which volumes a list shows and a pruning takes.
@Suite(.daemon, .inTime, .serialized, .requiresRoot(to: "run pouchd"))
struct VolumeListTests {
    let daemon: TestDaemon

    init() throws { daemon = try .shared }

    private func create(_ name: String, _ body: [String: JSON] = [:]) async throws {
        let answer = try await daemon.ask(
            "POST", "/volumes/create", .object(body.merging(["Name": .string(name)]) { $1 }))
        try #require(answer.status == 201, "\(answer)")
    }

    private func escaped(_ text: String) -> String {
        text.utf8.map { byte in
            let hex = String(byte, radix: 16)
            return "%" + (hex.count == 1 ? "0" + hex : hex)
        }.joined()
    }

    private func list(_ filters: String) async throws -> Answer {
        try await daemon.ask("GET", "/volumes?filters=\(escaped(filters))")
    }

    private func names(_ filters: String) async throws -> [String] {
        let answer = try await list(filters)
        try #require(answer.status == 200, "\(filters): \(answer)")
        return answer.json["Volumes"].array?.compactMap { $0["Name"].string } ?? ["no list"]
    }

    private func clear() async throws {
        for name in try await daemon.volumes {
            _ = try await daemon.ask("DELETE", "/volumes/\(name)")
        }
    }

    @Test func `an empty list is a list`() async throws {
        try await clear()
        let answer = try await daemon.ask("GET", "/volumes")
        #expect(answer.status == 200)
        #expect(answer.json["Volumes"] == [])
        #expect(answer.json.has("Warnings"))
    }

    @Test func `a list is sorted by name`() async throws {
        try await clear()
        for name in ["bb", "aa", "cc", "Zz", "a-a", "10", "9-"] { try await create(name) }

        let sorted = try await names("{}")
        #expect(sorted == sorted.sorted())
        #expect(sorted.count == 7)
        try await clear()
    }

    @Test func `filters choose by name, driver and label, in both of docker's forms`()
        async throws
    {
        try await clear()
        try await create("data", ["Labels": ["team": "blue"]])
        try await create("database", ["Labels": ["team": "red", "tier": "1"]])
        try await create("scratch", ["Driver": "tmpfs"])

        let expectations: [(String, [String])] = [
            (#"{"name":{"data":true}}"#, ["data", "database"]),
            (#"{"name":["data"]}"#, ["data", "database"]),
            (#"{"name":["base","scr"]}"#, ["database", "scratch"]),
            (#"{"driver":{"tmpfs":true}}"#, ["scratch"]),
            (#"{"driver":["local"]}"#, ["data", "database"]),
            (#"{"label":["team"]}"#, ["data", "database"]),
            (#"{"label":{"team=blue":true}}"#, ["data"]),
            (#"{"label":["team=red","tier"]}"#, ["database"]),
            (#"{"label":["team=blue","tier"]}"#, []),
            (#"{"label":["team"],"name":["base"]}"#, ["database"]),
            (#"{"name":["nonesuch"]}"#, []),
            (#"{"dangling":["true"]}"#, ["data", "database", "scratch"]),
            (#"{"dangling":{"false":true}}"#, []),
            (#"{"dangling":["1"]}"#, ["data", "database", "scratch"]),
            ("{}", ["data", "database", "scratch"]),
        ]
        for (filters, expected) in expectations {
            #expect(try await names(filters) == expected, "\(filters)")
        }
        try await clear()
    }

    @Test(arguments: [
        #"{"colour":["blue"]}"#, #"{"dangling":["perhaps"]}"#, "{", "[]", #"{"name":5}"#,
        "nonsense",
    ])
    func `a filter that means nothing is refused`(filters: String) async throws {
        let answer = try await list(filters)
        #expect(answer.status == 400, "\(answer)")
        #expect(!answer.message.isEmpty)
    }

    @Test func `an unknown filter is named`() async throws {
        #expect(try await list(#"{"colour":["blue"]}"#).message.contains("colour"))
    }

    // MARK: Prune

    private func prune(_ filters: String = "{}") async throws -> Answer {
        try await daemon.ask("POST", "/volumes/prune?filters=\(escaped(filters))")
    }

    private func pruned(_ filters: String = "{}") async throws -> Set<String> {
        let answer = try await prune(filters)
        try #require(answer.status == 200, "\(filters): \(answer)")
        return Set(answer.json["VolumesDeleted"].array?.compactMap { $0.string } ?? [])
    }

    @Test func `pruning takes volumes without a name, and the others only when asked`()
        async throws
    {
        try await clear()
        try await create("named")
        let nameless = try await daemon.ask("POST", "/volumes/create", [:]).json["Name"].string
        let name = try #require(nameless)

        #expect(try await pruned() == [name])
        #expect(try await daemon.volumes == ["named"])
        #expect(try await pruned(#"{"all":["true"]}"#) == ["named"])
        #expect(try await daemon.volumes == [])
        #expect(daemon.directories == [])
    }

    @Test func `pruning nothing says so in docker's shape`() async throws {
        try await clear()
        let answer = try await prune()
        #expect(answer.status == 200)
        #expect(answer.json["SpaceReclaimed"] == 0)
        #expect(answer.json["VolumesDeleted"] == [])
    }

    @Test func `pruning goes by labels, also by those that a volume lacks`() async throws {
        try await clear()
        try await create("blue", ["Labels": ["team": "blue"]])
        try await create("red", ["Labels": ["team": "red"]])
        try await create("plain")

        #expect(try await pruned(#"{"all":["1"],"label":["team=blue"]}"#) == ["blue"])
        #expect(try await pruned(#"{"all":["1"],"label!":["team=red"]}"#) == ["plain"])
        #expect(try await daemon.volumes == ["red"])
        try await clear()
    }

    @Test func `pruning by an unknown filter takes nothing`() async throws {
        try await clear()
        try await create("kept")
        #expect(try await prune(#"{"all":["1"],"colour":["x"]}"#).status == 400)
        #expect(try await prune(#"{"all":["perhaps"]}"#).status == 400)
        #expect(try await daemon.volumes == ["kept"])
        try await clear()
    }
}
