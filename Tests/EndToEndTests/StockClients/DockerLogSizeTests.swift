import FoundationEssentials
import Linux
import TestSupport
import Testing

/// Logs that may take only so much of the disk.
@Suite(
    .daemon(with: .busybox), .inTime, .serialized, .requiresRoot(to: "run containers"),
    .requiresDockerCLI)
struct DockerLogSizeTests {
    let daemon: TestDaemon
    let docker: DockerCLI

    init() throws {
        daemon = try .shared
        docker = DockerCLI(daemon: daemon)
    }

    /// 6 MB in 60,000 lines, each with its number.
    private static let much =
        #"awk 'BEGIN { for (i = 1; i <= 60000; i++) printf "%099d\n", i }'"#

    private static func number(_ line: Substring?) -> Int { line.flatMap { Int($0) } ?? 0 }

    /// Bytes that the log takes on the disk.
    private func taken(_ id: String) async throws -> Int64 {
        let text = try await Program.shell(
            #"stat -c '%b %B' "$1""#, daemon.home + "/containers/\(id)/log")
        return text.split(separator: " ").compactMap { Int64($0) }.reduce(1, *)
    }

    @Test func `a log with a size keeps the youngest, and no more of the disk`() async throws {
        let options = ["--log-opt", "max-size=100k", "--log-opt", "max-file=2"]
        let id = try await docker.run(
            ["run", "-d", "--network", "none"] + options + ["busybox", "sh", "-c", Self.much]
        ).said
        try await docker.says("wait", id)
        #expect(try await taken(id) <= 200 << 10)
        let lines = try await docker("logs", id).output.split(separator: "\n")
        // Each takes about 140 bytes there.
        #expect((900...1500).contains(lines.count), "\(lines.count)")
        #expect(Self.number(lines.last) == 60_000)
        #expect(Self.number(lines.first) == 60_001 - lines.count)
        #expect(lines.allSatisfy { $0.count == 99 })
        let tail = try await docker("logs", "--tail", "3", id).output.split(separator: "\n")
        #expect(tail == lines.suffix(3))
        let all = try await docker("logs", "--tail", "5000", id).output.split(separator: "\n")
        #expect(all == lines)

        // Another run goes on where this one ended, a daemon and a scribe later.
        let sat = try await docker("start", "-a", id).output.split(separator: "\n")
        #expect(sat.map { Self.number($0) } == Array(1...60_000))
        try await eventually("what was kept for the reader goes", within: .seconds(30)) {
            try await taken(id) <= 200 << 10
        }
        let again = try await docker("logs", id).output.split(separator: "\n")
        #expect(Self.number(again.last) == 60_000 && again.count < 1500)
        let shown = try await docker.says("inspect", "-f", "{{json .HostConfig.LogConfig}}", id)
        #expect(
            try JSON(shown) == [
                "Type": "json-file", "Config": ["max-file": "2", "max-size": "100k"],
            ])
        try await docker.says("rm", id)
    }

    @Test func `who sits at the container misses nothing, however small its log`() async throws {
        let finished = try await docker(
            "run", "--rm", "--network", "none", "--log-opt", "max-size=10k", "busybox", "sh", "-c",
            "echo first; \(Self.much); echo last")
        let lines = finished.output.split(separator: "\n")
        #expect(finished.status == 0)
        #expect(lines.first == "first" && lines.last == "last")
        #expect(lines.dropFirst().dropLast().map { Self.number($0) } == Array(1...60_000))
    }

    @Test(arguments: [
        (["--log-opt", "max-size=lots"], "max-size"), (["--log-opt", "max-file=3"], "max-size"),
        (["--log-opt", "max-size=1m", "--log-opt", "max-file=0"], "max-file"),
        (["--log-opt", "compress=true"], "compress"), (["--log-driver", "syslog"], "syslog"),
    ])
    func `what can't be kept is refused, and leaves nothing`(
        words: [String], reason: String
    ) async throws {
        let finished = try await docker.run(
            ["create", "--name", "refused", "--network", "none"] + words + ["busybox"])
        #expect(finished.status == 1 && finished.errors.contains(reason), "\(finished)")
        #expect(try await docker.says("ps", "-aq", "--filter", "name=refused") == "")
    }
}
