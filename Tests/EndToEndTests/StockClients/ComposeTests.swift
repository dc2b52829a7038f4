import FoundationEssentials
import TestSupport
import Testing

/// Debian's docker-compose, with services that share a named volume, a bind and memory.
@Suite(
    .daemon(with: .busybox), .inTime, .serialized, .requiresRoot(to: "run containers"),
    .enabled(if: Compose.isThere, "needs Debian's docker-compose"))
struct ComposeTests {
    let daemon: TestDaemon

    init() throws { daemon = try .shared }

    private func compose(_ directory: String, _ words: String...) async throws -> Finished {
        try await Program.run(
            [
                Compose.path, "-f", directory + "/compose.yml", "-p",
                directory.split(separator: "/").last.map(String.init) ?? "project",
            ] + words,
            settings: [
                "DOCKER_HOST": "unix://\(daemon.socket)", "COMPOSE_INTERACTIVE_NO_CLI": "1",
                "DOCKER_CONFIG": daemon.root + "/docker", "COMPOSE_API_VERSION": "auto",
            ], within: .seconds(90))
    }

    @Test func `two services come up, share their data, and go`() async throws {
        let directory = daemon.root + "/" + daemon.fresh("compose")
        try await Program.shell(
            #"mkdir -p "$1/host"; echo bound > "$1/host/f"; printf %s "$2" > "$1/compose.yml""#,
            directory,
            """
            version: "2.4"
            services:
              writer:
                image: busybox
                network_mode: host
                command: ["sh", "-c", "cat /host/f > /data/from-host; sleep 100"]
                volumes: ["data:/data", "./host:/host:ro"]
                tmpfs: ["/scratch:size=1m"]
              reader:
                image: busybox
                network_mode: host
                command: ["sh", "-c", "until cat /data/from-host; do sleep 0.2; done; sleep 100"]
                volumes: ["data:/data:ro"]
                depends_on: [writer]
            volumes:
              data:
                labels: {team: blue}
            """)
        _ = try await compose(directory, "up", "-d").said
        try await eventually("the reader has read", within: .seconds(60)) {
            try await compose(directory, "logs", "--no-color", "reader").output.contains("bound")
        }
        let listed = try await compose(directory, "ps", "-q").said.split(separator: "\n")
        #expect(listed.count == 2)
        let volumes = try await daemon.volumes.filter { $0.hasSuffix("_data") }
        #expect(volumes.count == 1)
        _ = try await compose(directory, "down", "-v", "-t", "1").said
        #expect(try await daemon.volumes.isDisjoint(with: volumes))
        #expect(try await daemon.says("ps", "-aq") == "")
    }
}

private enum Compose {
    static let path = "/usr/bin/docker-compose"

    static var isThere: Bool { FileManager.default.isExecutableFile(atPath: path) }
}
