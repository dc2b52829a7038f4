import TestSupport
import Testing

/// docker-py, Docker's own Python library, speaking to a pouchd of ours.
struct DockerPy: Sendable {
    let daemon: TestDaemon

    private static let directory = Built.repository + "/.build/docker-py"

    /// Makes the Python environment if it is missing; answers whether it could.
    static func isThere() async throws -> Bool {
        try await Program.run(
            [Built.repository + "/scripts/prepare-docker-py", directory], within: .seconds(300)
        ).status == 0
    }

    /// Runs a script that has `docker` imported and `client` connected; it fails where an
    /// assertion does.
    @discardableResult
    func callAsFunction(
        _ script: String, version: String = "auto", within limit: Duration = .seconds(60)
    ) async throws -> String {
        let prelude = """
            import docker, docker.errors, docker.types, io, json, os, sys, threading, time
            client = docker.DockerClient(
                base_url='unix://\(daemon.socket)', version='\(version)', timeout=60)

            """
        return try await Program.run(
            [Self.directory + "/bin/python", "-c", prelude + script],
            settings: ["DOCKER_CONFIG": daemon.root + "/docker"], within: limit
        ).said
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips where docker-py can't be had, saying so.
    static var requiresDockerPy: Self {
        .enabled("needs docker-py, and no package index answers") { try await DockerPy.isThere() }
    }
}
