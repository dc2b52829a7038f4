import TestSupport
import Testing

/// What docker's users see of a pouchd that dies while containers run, and of restart policies.
@Suite(.ownDaemons, .inTime, .serialized, .requiresRoot(to: "run containers"), .requiresDockerCLI)
struct LiveRestoreTests {
    private func withDaemon(
        _ body: (TestDaemon, DockerCLI) async throws -> Void
    ) async throws {
        try await TestDaemon.running { daemon in
            try await daemon.load(.busybox)
            try await body(daemon, DockerCLI(daemon: daemon))
        }
    }

    private func state(_ docker: DockerCLI, _ name: String) async throws -> String {
        try await docker.says(
            "inspect", "--format", "{{.State.Status}} {{.RestartCount}}", name)
    }

    @Test func `containers go on while pouchd is away, watched or not`() async throws {
        try await withDaemon { daemon, docker in
            let script = "i=0; while true; do i=$((i+1)); echo $i; sleep 0.05; done"
            let id = try await docker.says(
                "run", "-d", "--network", "none", "--name", "watched", "-v", "data:/data",
                "busybox", "sh", "-c", script)
            try await withThrowingTaskGroup(of: Finished.self) { group in
                group.addTask { try await docker("attach", "--no-stdin", "watched") }
                try await eventually("it counts", within: .seconds(30)) {
                    try await docker.says("logs", "watched").contains("3\n")
                }
                try await daemon.kill()
                // The client notices, and says so; the container does not.
                _ = try await group.next()
            }
            try await daemon.start()
            #expect(try await docker.says("ps", "-q", "--no-trunc") == id)
            let seen = try await docker.says("logs", "watched").split(separator: "\n").count
            try await eventually("it counts on", within: .seconds(30)) {
                try await docker.says("logs", "watched").split(separator: "\n").count > seen + 3
            }
            let lines = try await docker.says("logs", "watched").split(separator: "\n")
            #expect(lines.map { Int($0) } == Array(1...lines.count))
            #expect(try await docker("exec", "watched", "echo", "in").output == "in\n")
            #expect(try await docker("volume", "rm", "data").status == 1)
            async let status = docker.says("wait", "watched")
            try await docker.says("stop", "-t", "1", "watched")
            let ended = try await status
            #expect(["137", "143"].contains(ended))
            try await docker.says("rm", "watched")
            try await docker.says("volume", "rm", "data")
            #expect(MountEntry.under(daemon.state).filter { $0.place.contains(id) }.isEmpty)
        }
    }

    @Test func `a paused container is still paused afterwards`() async throws {
        try await withDaemon { daemon, docker in
            try await docker.says(
                "run", "-d", "--network", "none", "--name", "frozen", "busybox", "sleep", "600")
            try await docker.says("pause", "frozen")
            try await daemon.restart()
            #expect(try await state(docker, "frozen").hasPrefix("paused"))
            try await docker.says("unpause", "frozen")
            #expect(try await docker("exec", "frozen", "true").status == 0)
        }
    }

    @Test func `a container that fails is started again as often as allowed`() async throws {
        try await withDaemon { _, docker in
            try await docker.says(
                "run", "-d", "--network", "none", "--name", "failing", "--restart",
                "on-failure:2", "busybox", "sh", "-c", "echo run; exit 3")
            #expect(try await docker.says("wait", "failing") == "3")
            #expect(try await state(docker, "failing") == "exited 2")
            #expect(try await docker.says("logs", "failing") == "run\nrun\nrun")
            try await docker.says(
                "run", "-d", "--network", "none", "--name", "content", "--restart", "on-failure",
                "busybox", "true")
            #expect(try await docker.says("wait", "content") == "0")
            #expect(try await state(docker, "content") == "exited 0")
        }
    }

    @Test func `who stops a container has it stay stopped`() async throws {
        try await withDaemon { daemon, docker in
            for policy in ["always", "unless-stopped"] {
                try await docker.says(
                    "run", "-d", "--network", "none", "--name", policy, "--restart", policy,
                    "busybox", "sh", "-c", "trap 'exit 0' TERM; sleep 600 & wait")
                let pid = try await docker.says("inspect", "--format", "{{.State.Pid}}", policy)
                try await Program.shell("kill -9 \(pid)")
                try await eventually("\(policy): it runs again", within: .seconds(30)) {
                    try await state(docker, policy) == "running 1"
                }
                try await docker.says("stop", policy)
                #expect(try await state(docker, policy).hasPrefix("exited"))
            }
            // A new daemon starts the one that is to run always.
            try await daemon.stop()
            try await daemon.start()
            try await eventually("always means always", within: .seconds(30)) {
                try await state(docker, "always").hasPrefix("running")
            }
            #expect(try await state(docker, "unless-stopped").hasPrefix("exited"))
        }
    }

    @Test func `a container that ended while pouchd was away is started again`() async throws {
        try await withDaemon { daemon, docker in
            try await docker.says(
                "run", "-d", "--network", "none", "--name", "kept", "--restart", "always",
                "busybox", "sleep", "600")
            let pid = try await docker.says("inspect", "--format", "{{.State.Pid}}", "kept")
            try await daemon.kill()
            try await Program.shell("kill -9 \(pid)")
            try await daemon.start()
            try await eventually("it runs again", within: .seconds(30)) {
                guard try await state(docker, "kept").hasPrefix("running") else { return false }
                return try await docker.says(
                    "inspect", "--format", "{{.State.Pid}}", "kept") != pid
            }
        }
    }

    @Test func `a container that ends at once waits longer each time, and can be stopped`()
        async throws
    {
        try await withDaemon { _, docker in
            try await docker.says(
                "run", "-d", "--network", "none", "--name", "hasty", "--restart", "always",
                "busybox", "false")
            try await eventually("it is about to start again", within: .seconds(30)) {
                try await state(docker, "hasty").hasPrefix("restarting")
            }
            try await docker.says("stop", "hasty")
            #expect(try await state(docker, "hasty").hasPrefix("exited"))
            try await docker.says("rm", "hasty")
        }
    }
}
