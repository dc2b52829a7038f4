import FoundationEssentials
import TestSupport
import Testing

/// Checks of what runs: an image's own, and what its user makes of them.
@Suite(
    .daemon(with: .busybox, .checked), .inTime, .serialized, .requiresRoot(to: "run containers"),
    .requiresDockerCLI)
struct DockerHealthTests {
    let daemon: TestDaemon
    let docker: DockerCLI

    init() throws {
        daemon = try .shared
        docker = DockerCLI(daemon: daemon)
    }

    private func check(_ id: String) async throws -> JSON {
        try JSON(try await docker.says("inspect", "-f", "{{json .Config.Healthcheck}}", id))
    }

    private func state(_ id: String) async throws -> String {
        try await docker.says("inspect", "-f", "{{json .State.Health}}", id)
    }

    private func becomes(_ status: String, _ id: String) async throws {
        try await eventually("it is \(status)", within: .seconds(60)) {
            try await docker.says("inspect", "-f", "{{.State.Health.Status}}", id) == status
        }
    }

    @Test func `an image's own check is made`() async throws {
        try await docker.withContainer(of: "checked") { id in
            #expect(
                try await check(id) == [
                    "Test": ["CMD-SHELL", "[ -e /well ]"], "Interval": 100_000_000, "Retries": 2,
                ])
            try await becomes("unhealthy", id)
            try await docker.says("exec", id, "touch", "/well")
            try await becomes("healthy", id)
            let listed = try await docker.says(
                "ps", "--filter", "health=healthy", "-q", "--no-trunc")
            #expect(listed == id)
            let told = try await docker.says(
                "events", "--since", "1h", "--until", "\(Date().timeIntervalSince1970)",
                "--filter", "container=\(id)",
                "--filter", "event=health_status", "--format", "{{.Action}}")
            #expect(told == "health_status: unhealthy\nhealth_status: healthy")
        }
        let image = try await docker.says(
            "image", "inspect", "-f", "{{json .Config.Healthcheck.Test}}", "checked")
        #expect(image == #"["CMD-SHELL","[ -e /well ]"]"#)
    }

    @Test func `nothing is checked if the user says so`() async throws {
        try await docker.withContainer("--no-healthcheck", of: "checked") { id in
            let (shown, health) = (try await check(id), try await state(id))
            #expect(shown == ["Test": ["NONE"]])
            #expect(health == "null")
        }
        let id = try await daemon.pouch(
            "run", "-d", "--network", "none", "--no-healthcheck", "checked", "sleep", "600"
        ).said
        #expect(try await check(id) == ["Test": ["NONE"]])
        try await docker.says("rm", "-f", id)
    }

    @Test func `what the user leaves unsaid is as the image has it`() async throws {
        try await docker.withContainer(
            "--health-retries", "1", "--health-timeout", "3s", of: "checked"
        ) { id in
            let shown = try await check(id)
            #expect(
                shown == [
                    "Test": ["CMD-SHELL", "[ -e /well ]"], "Interval": 100_000_000, "Retries": 1,
                    "Timeout": 3_000_000_000,
                ])
        }
        try await docker.withContainer("--health-cmd", "true", of: "checked") { id in
            #expect(try await check(id)["Test"] == ["CMD-SHELL", "true"])
            try await becomes("healthy", id)
        }
        // Times alone check nothing where the image has no check.
        try await docker.withContainer("--health-interval", "100ms") { id in
            let health = try await state(id)
            #expect(health == "null")
        }
    }

    @Test func `in its first time a container is asked more often, and failures don't count`()
        async throws
    {
        try await docker.withContainer(
            "--health-cmd", "[ -e /well ]", "--health-interval", "1h", "--health-retries", "1",
            "--health-start-period", "1h", "--health-start-interval", "50ms"
        ) { id in
            let streak = { (format: String) in
                try await docker.says("inspect", "-f", format, id)
            }
            try await eventually("it was asked several times", within: .seconds(60)) {
                Int(try await streak("{{len .State.Health.Log}}")) ?? 0 >= 3
            }
            #expect(try await streak("{{.State.Health.Status}}") == "starting")
            try await docker.says("exec", id, "touch", "/well")
            try await becomes("healthy", id)
        }
    }

    @Test(arguments: [
        ["--health-cmd", "true", "--health-interval", "1us"],
        ["--health-cmd", "true", "--health-retries", "-1"],
    ])
    func `a check that can't be is refused, and leaves nothing`(words: [String]) async throws {
        let finished = try await docker.run(
            ["create", "--name", "refused", "--network", "none"] + words + ["busybox"])
        #expect(finished.status != 0, "\(finished)")
        #expect(try await docker.says("ps", "-aq", "--filter", "name=refused") == "")
    }
}
