import FoundationEssentials
import TestSupport
import Testing

/// The unmodified docker command line, speaking to a pouchd of ours.
struct DockerCLI: Sendable {
    let daemon: TestDaemon
    /// Which of those that there are.
    var program = Self.path

    /// All on the path, each once: a machine may have several versions.
    static let programs: [String] = {
        let found = (Daemon.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/docker" }
            .filter { FileManager.default.isExecutableFile(atPath: $0) }
        var seen: Set<String> = []
        return found.filter {
            seen.insert(URL(filePath: $0).resolvingSymlinksInPath().path).inserted
        }
    }()

    /// The first on the path; nil if there is none.
    static let path: String? = programs.first

    /// What the command line is told, so that it finds the daemon and none of its user's settings.
    var settings: [String: String] {
        [
            "DOCKER_HOST": "unix://\(daemon.socket)", "DOCKER_CONFIG": daemon.root + "/docker",
            "DOCKER_CLI_HINTS": "false",
        ]
    }

    /// Runs docker to its end.
    func callAsFunction(
        _ words: String..., input: [UInt8] = [], settings more: [String: String] = [:],
        within limit: Duration = .seconds(60)
    ) async throws -> Finished {
        try await run(words, input: input, settings: more, within: limit)
    }

    func run(
        _ words: [String], input: [UInt8] = [], settings more: [String: String] = [:],
        within limit: Duration = .seconds(60)
    ) async throws -> Finished {
        let docker = try #require(program, "docker is not installed")
        return try await Program.run(
            [docker] + words, input: input, settings: settings.merging(more) { $1 }, within: limit)
    }

    /// Runs docker, which must succeed; returns what it printed.
    @discardableResult
    func says(_ words: String...) async throws -> String { try await run(words).said }

    /// Starts a container without network that goes on; returns its id.
    func detached(_ words: String...) async throws -> String {
        try await run(["run", "-d", "--network", "none"] + words).said
    }

    /// Runs `body` with a container without network that sleeps, or does what `command` says; it
    /// goes afterwards, if it has not.
    func withContainer(
        _ words: String..., of image: String = "busybox", command: [String] = ["sleep", "600"],
        _ body: (_ id: String) async throws -> Void
    ) async throws {
        let id = try await run(["run", "-d", "--network", "none"] + words + [image] + command).said
        do {
            try await body(id)
        } catch {
            _ = try? await callAsFunction("rm", "-f", id)
            throw error
        }
        _ = try await callAsFunction("rm", "-f", id)
    }

    /// Runs docker on a terminal of its own, types `input`, and returns all that the terminal
    /// showed, with its line ends.
    func onTerminal(
        _ command: String, input: String = "", within limit: Duration = .seconds(60)
    ) async throws -> Finished {
        let docker = try #require(program, "docker is not installed")
        return try await Program.run(
            ["/usr/bin/script", "-qefc", "\(docker) \(command)", "/dev/null"],
            input: Array(input.utf8), settings: settings, within: limit)
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips where there is no docker command line, saying so.
    static var requiresDockerCLI: Self {
        .enabled(if: DockerCLI.path != nil, "needs the docker command line")
    }
}
