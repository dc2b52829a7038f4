import FoundationEssentials
import TestSupport
import Testing

/// How full volumes are, and how full they may get, where nothing was said at create.
@Suite(.ownDaemons, .inTime, .serialized, .requiresRoot(to: "mount images"))
struct UsageTests {
    private func usage(of volume: String, on daemon: TestDaemon) async throws -> JSON {
        try await daemon.ask("GET", "/volumes/\(volume)/usage").json
    }

    @Test func `a volume without a size has the one that is usual here`() async throws {
        try await TestDaemon.running(words: ["--default-size", "24m"]) { daemon in
            let given = daemon.root + "/given"
            try FileManager.default.createDirectory(
                atPath: given, withIntermediateDirectories: true)
            try await daemon.says("volume", "create", "usual")
            try await daemon.says("volume", "create", "-o", "size=48m", "own")
            try await daemon.says("volume", "create", "-o", "mount=\(given)", "given")
            let sizes = try await daemon.says(
                "volume", "ls", "--size", "--format", "{{.Name}} {{.Size}}")
            let wanted = "given <no value>\nown \(48 << 20)\nusual \(24 << 20)"
            #expect(sizes == wanted, "\(sizes)")
            // The same request again, although it says no size.
            try await daemon.says("volume", "create", "usual")
            try await daemon.says("volume", "rm", "usual", "own", "given")
            try await daemon.expectSound()
        }
    }

    @Test func `what nobody counts is walked through, and what was found is kept and dated`()
        async throws
    {
        try await TestDaemon.running { daemon in
            try await daemon.says("volume", "create", "data")
            let file = URL(filePath: daemon.home + "/volume/data/file")
            try Data(repeating: 1, count: 1 << 20).write(to: file)
            let first = try await usage(of: "data", on: daemon)
            #expect(first["Method"] == "walk" && first["Limit"].int == nil, "\(first)")
            #expect((1 << 20..<2 << 20).contains(try #require(first["Size"].int)), "\(first)")
            try Data(repeating: 1, count: 3 << 20).write(to: file)
            let second = try await usage(of: "data", on: daemon)
            let asOf = try #require(first["AsOf"].string)
            let age = try Date.now.timeIntervalSince(
                Date(asOf, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
            // For half a minute one walk is enough.
            #expect(second == first || age > 25, "\(first) \(second)")
            try await daemon.says("volume", "rm", "data")
        }
    }
}
