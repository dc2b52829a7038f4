import FoundationEssentials
import TestSupport
import Testing

/// Docker's clients hear from pouchd what they would hear from a real dockerd.
@Suite(
    .ownDaemons, .inTime, .serialized, .requiresRoot(to: "run dockerd and pouchd"),
    .requiresDockerCLI)
struct SameEventsTests {
    /// What befalls volumes and containers of which nobody waits for anything but the command.
    private static let life = [
        "volume create shared",
        "run --rm --network none --name one -v shared:/d:ro busybox sh -c 'exit 3'",
        "run -d --network none --name two -v shared:/d busybox sleep 600",
        "exec two true",
        "pause two", "unpause two",
        "stop -t 0 two", "start two", "restart -t 0 two",
        "rename two three", "update -m 64m --memory-swap 64m three", "kill three", "wait three",
        "rm -v three",
        "run -d --network host --name four busybox sleep 600", "rm -f four",
        "volume rm shared",
    ]

    /// Runs all that with one engine; returns what it told, an event on each line.
    private func story(_ settings: [String: String]) async throws -> [String] {
        let since = "\(Date().timeIntervalSince1970)"
        let docker = try #require(DockerCLI.path)
        for command in Self.life {
            let finished = try await Program.run(
                ["/bin/sh", "-c", "exec \(docker) \(command)"], settings: settings)
            #expect(finished.status == (command.contains("exit 3") ? 3 : 0), "\(finished)")
        }
        let past = try await Program.run(
            [
                docker, "events", "--since", since, "--until",
                "\(Date().timeIntervalSince1970)", "--format", "{{json .}}",
            ], settings: settings)
        var known: Set<String> = []
        return try past.said.split(separator: "\n").map { try JSON(String($0)) }
            .filter { event in
                // Docker's older versions tell of volumes' making also when they are there.
                guard event["Type"] == "volume", event["Action"] == "create" else { return true }
                return known.insert(event["Actor"]["ID"].string ?? "").inserted
            }
            .map(Self.line)
    }

    /// Without what is another each time, and without what only newer Dockers say.
    private static func line(_ event: JSON) -> String {
        let attributes = event["Actor"]["Attributes"].object ?? [:]
        let shown = attributes.filter { $0.key != "execDuration" }.map { name, value in
            ["execID", "container"].contains(name) ? name : "\(name)=\(value.string ?? "")"
        }
        let words = ["Type", "Action", "scope"].map { event[$0].string ?? "" }
        return (words + shown.sorted()).joined(separator: " ")
    }

    @Test func `events come in Docker's order and with Docker's fields`() async throws {
        try await PluginHost.running { host in
            try await host.pouchd.load(.busybox)
            let docker = DockerCLI(daemon: host.pouchd)
            let ours = try await story(docker.settings)
            let dockers = try await story(
                ["DOCKER_HOST": host.dockerd.address, "DOCKER_CONFIG": host.pouchd.root + "/dc"])
            #expect(ours.count > 50)
            for (number, (our, theirs)) in zip(ours, dockers).enumerated() where our != theirs {
                Issue.record("event \(number): \(our)\nDocker: \(theirs)")
            }
            #expect(ours.count == dockers.count, "\(ours)\n\(dockers)")
        }
    }
}
