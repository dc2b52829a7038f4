import FoundationEssentials
import TestSupport
import Testing

/// What containers wrote, to whoever asks later.
@Suite(.daemon(with: .busybox), .inTime, .serialized, .requiresRoot(to: "run containers"))
struct LogTests {
    let daemon: TestDaemon

    init() throws { daemon = try .shared }

    private func ended(_ script: String, _ options: String...) async throws -> String {
        let id = try await daemon.pouch(
            ["run", "-d", "--network", "none"] + options + ["busybox", "sh", "-c", script]
        ).said
        try await daemon.says("wait", id)
        return id
    }

    /// Prints 10 MB, each line with its number.
    static let manyLines = #"awk 'BEGIN { for (i = 1; i <= 20000; i++) printf "%0500d\n", i }'"#

    static let allLines = (1...20000).map { number in
        let digits = String(number)
        return String(repeating: "0", count: 500 - digits.count) + digits + "\n"
    }.joined()

    @Test func `logs show both streams apart`() async throws {
        let id = try await ended("echo out; echo err >&2; printf tail")
        let logs = try await daemon.pouch("logs", id)
        #expect(logs.output == "out\ntail", "\(logs)")
        #expect(logs.errors == "err\n", "\(logs)")
        try await daemon.says("rm", id)
    }

    @Test func `logs keep 10 MB without a byte lost`() async throws {
        let id = try await ended(Self.manyLines)
        let logs = try await daemon.pouch("logs", id)
        #expect(logs.bytes.count > 10_000_000)
        #expect(logs.output == Self.allLines)
        try await daemon.says("rm", id)
    }

    @Test func `lines without end and bytes that are no text are kept`() async throws {
        let id = try await ended(
            #"head -c 300000 /dev/zero | tr '\0' x; printf '\377\000\n\n'; printf last"#)
        let logs = try await daemon.pouch("logs", id)
        #expect(logs.bytes.count == 300_000 + 4 + 4)
        #expect(logs.bytes.suffix(8) == [255, 0, 10, 10] + Array("last".utf8))
        try await daemon.says("rm", id)
    }

    @Test func `--tail shows the last lines`() async throws {
        let id = try await ended("seq 1 100")
        #expect(try await daemon.says("logs", "--tail", "3", id) == "98\n99\n100")
        #expect(try await daemon.says("logs", "-n", "0", id) == "")
        #expect(try await daemon.says("logs", "--tail", "1000", id).hasPrefix("1\n2\n"))
        #expect(try await daemon.says("logs", "--tail", "all", id).hasPrefix("1\n2\n"))
        try await daemon.says("rm", id)
    }

    @Test func `--timestamps begins each line with its time`() async throws {
        let id = try await ended("echo a; echo b")
        let lines = try await daemon.says("logs", "-t", id).split(separator: "\n")
        #expect(lines.count == 2)
        for line in lines {
            let match = #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z [ab]/#
            #expect(line.wholeMatch(of: match) != nil, "\(line)")
        }
        try await daemon.says("rm", id)
    }

    @Test func `follow shows what comes, and ends with the container`() async throws {
        let volume = daemon.fresh()
        let id = try await daemon.runDetached(
            "-v", "\(volume):/v", "busybox", "sh", "-c",
            "echo first; while [ ! -e /v/go ]; do sleep 0.05; done; echo second")
        async let following = daemon.pouch("logs", "-f", id)
        try await eventually("the container has written") {
            try await daemon.says("logs", id) == "first"
        }
        try Data().write(to: URL(filePath: "\(daemon.home)/volume/\(volume)/go"))
        let followed = try await following
        #expect(followed.output == "first\nsecond\n", "\(followed)")
        try await daemon.says("rm", id)
        try await daemon.says("volume", "rm", volume)
    }

    @Test func `logs end however fast the container writes`() async throws {
        let id = try await daemon.runDetached(
            "busybox", "sh", "-c", "while :; do echo and on and on; done")
        try await eventually("it has written") { try await !daemon.says("logs", id).isEmpty }
        let logs = try await daemon.pouch("logs", id)
        // It may have been in the middle of a line.
        #expect(logs.output.hasPrefix("and on and on\nand on and on\n"))
        #expect(try await daemon.isRunning(id))
        try await daemon.says("rm", "-f", id)
    }

    @Test func `follow of what has ended ends`() async throws {
        let id = try await ended("echo done")
        #expect(try await daemon.says("logs", "-f", id) == "done")
        try await daemon.says("rm", id)
    }

    @Test func `logs with a terminal are as the terminal showed them`() async throws {
        let id = try await ended("echo out; echo err >&2", "-t")
        let logs = try await daemon.pouch("logs", id)
        #expect(logs.output.replacing("\r\n", with: "\n") == "out\nerr\n", "\(logs)")
        #expect(logs.errors == "")
        try await daemon.says("rm", id)
    }

    @Test func `logs go with their container`() async throws {
        let id = try await ended("echo gone")
        try await daemon.says("rm", id)
        let logs = try await daemon.pouch("logs", id)
        #expect(logs.status == 1, "\(logs)")
        #expect(try await daemon.ask("GET", "/containers/\(id)/logs?stdout=1").status == 404)
    }

    @Test func `logs of nothing are refused over the socket`() async throws {
        let id = try await ended("echo x")
        // Docker's rule: at least one stream.
        #expect(try await daemon.ask("GET", "/containers/\(id)/logs").status == 400)
        let answer = try await daemon.ask("GET", "/containers/\(id)/logs?stdout=1")
        #expect(answer.body == [1, 0, 0, 0, 0, 0, 0, 2] + Array("x\n".utf8))
        try await daemon.says("rm", id)
    }
}
