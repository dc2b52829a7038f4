import Testing

@testable import Containers

/// What `--disk-quota` means for a container's own files and its volumes.
struct DiskQuotaTests {
    /// The layer and two volumes; a volume with its own size, a bind, and a volume that can't be
    /// limited.
    private let parts: [String: QuotaPlan.Part] = [
        "/": .limitable, "/data": .limitable, "/db": .limitable,
        "/sized": .excluded("it has a size"), "/bind": .excluded("it is the host's"),
    ]

    private func plan(
        _ sizes: [String: String], id: String = "", parts: [String: QuotaPlan.Part]? = nil
    ) throws -> [LayerQuota] {
        let quota = try #require(try DiskQuota(sizes, id: id))
        return try QuotaPlan(quota, parts: parts ?? self.parts).quotas
    }

    private func refusal(
        _ sizes: [String: String], id: String = "", parts: [String: QuotaPlan.Part]? = nil
    ) -> String {
        do {
            return "planned: \(try plan(sizes, id: id, parts: parts))"
        } catch {
            return "\(error)"
        }
    }

    @Test func `one size for all is shared with an id, and each one's own without`() throws {
        let shared = try plan([".*": "1g"], id: "-1")
        #expect(shared.map(\.places) == [["/", "/data", "/db"]])
        #expect(shared[0].size == 1 << 30 && shared[0].isOurs)
        let given = try plan([".*": "1g"], id: "16777300")
        #expect(given.map(\.places) == [["/", "/data", "/db"]])
        let each = try plan([".*": "1g"])
        #expect(each.map(\.places) == [["/"], ["/data"], ["/db"]])
        // A volume by itself stays in its own project.
        #expect(each.map(\.isOurs) == [true, false, false])
        #expect(try plan([".*": "1g"], id: "0").map(\.places) == each.map(\.places))
    }

    @Test func `a path limits what is there, and only that`() throws {
        #expect(try plan(["/": "2.5m"]).map(\.places) == [["/"]])
        let one = try plan(["/data/": "1m"])
        #expect(one.map(\.places) == [["/data"]] && one.map(\.isOurs) == [false])
        #expect(try plan(["/data": "1m"], id: "-1").map(\.isOurs) == [true])
    }

    @Test func `joined paths share one limit`() throws {
        let quotas = try plan(["/&/data": "1m", "/db": "2m"])
        #expect(quotas.map(\.places) == [["/", "/data"], ["/db"]])
        #expect(quotas.map(\.size) == [1 << 20, 2 << 20])
    }

    @Test func `what is named counts more than a pattern, and a pattern more than all`() throws {
        let quotas = try plan([".*": "3m", "/d.*": "2m", "/db": "1m"])
        #expect(quotas.map(\.places) == [["/"], ["/data"], ["/db"]])
        #expect(quotas.map(\.size) == [3 << 20, 2 << 20, 1 << 20])
    }

    @Test func `what has its own size, or is the host's, is left to that, unless it is named`()
        throws
    {
        #expect(!(try plan([".*": "1g"]).contains { $0.places.contains("/sized") }))
        #expect(refusal(["/sized": "1g"]).contains("can't limit /sized: it has a size"))
        #expect(refusal(["/&/bind": "1g"]).contains("can't limit /bind: it is the host's"))
    }

    @Test func `what can't be limited is refused, named or not`() {
        let parts: [String: QuotaPlan.Part] = [
            "/": .limitable, "/p": .impossible("no plugin does that"),
        ]
        for text in [".*", "/p", "/&/p", "/[a-z]"] {
            #expect(refusal([text: "1g"], parts: parts).contains("no plugin does that"), "\(text)")
        }
        #expect(!refusal(["/": "1g"], parts: parts).contains("plugin"))
    }

    @Test(arguments: [
        ("/data", "0"), ("/data", "-1"), ("/data", "many"), ("/data", ""), ("/data", "1k"),
        ("", "1g"), ("/data&", "1g"), ("&/data", "1g"), ("data&/db", "1g"), ("/(", "1g"),
        ("/nonesuch", "1g"), ("/&/nonesuch", "1g"), ("x.*", "1g"), ("/", "9999999999g"),
    ])
    func `a rule that makes no sense is refused and named`(what: String, size: String) {
        let refused = refusal([what: size])
        #expect(refused.contains("\(what)=\(size)"), "\(refused)")
        #expect(!refused.contains("planned"), "\(refused)")
    }

    @Test func `two rules for one place are refused`() {
        #expect(refusal(["/data": "1g", "/&/data": "1g"]).contains("both limit /data"))
        #expect(refusal(["/d.*": "1g", "/da.*": "1g"]).contains("both limit /data"))
    }

    @Test(arguments: ["x", "1.5", "4294967295", "+7", "99999999999999999999"])
    func `an id that is none is refused`(id: String) {
        #expect(refusal(["/": "1g"], id: id).contains("invalid quota id \"\(id)\""))
    }

    @Test func `an id needs exactly one quota`() throws {
        #expect(refusal(["/": "1g", "/data": "1g"], id: "-1").contains("for multi disk-quota"))
        #expect { try DiskQuota([:], id: "5") } throws: { "\($0)".contains("without disk-quota") }
        #expect(try DiskQuota([:], id: "0") == nil)
        #expect(try DiskQuota(["/": "1g"], id: "5")?.identity == .given(5))
    }
}
