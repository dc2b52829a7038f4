import Glibc
import Synchronization
import TestSupport
import Testing

/// What docker does with a container while it is there.
@Suite(
    .daemon(with: .busybox), .inTime, .serialized, .requiresRoot(to: "run containers"),
    .requiresDockerCLI)
struct DockerLifeTests {
    let daemon: TestDaemon
    let docker: DockerCLI

    init() throws {
        daemon = try .shared
        docker = DockerCLI(daemon: daemon)
    }

    private func inspect(_ id: String, _ format: String) async throws -> String {
        try await docker.says("inspect", "--format", format, id)
    }

    @Test func `a paused container does nothing until it is unpaused`() async throws {
        let ticking = ["sh", "-c", "while true; do echo tick; sleep 0.05; done"]
        try await docker.withContainer(command: ticking) { id in
            try await docker.says("pause", id)
            #expect(try await inspect(id, "{{.State.Status}} {{.State.Paused}}") == "paused true")
            #expect(try await docker.says("ps", "--format", "{{.Status}}").contains("(Paused)"))
            let refused = try await docker("exec", id, "true")
            #expect(refused.errors.contains("paused"), "\(refused)")
            let written = try await docker.says("logs", id)
            try await Task.sleep(for: .milliseconds(300))
            #expect(try await docker.says("logs", id) == written)
            try await docker.says("unpause", id)
            try await eventually("it goes on", within: .seconds(30)) {
                try await docker.says("logs", id) != written
            }
            let again = try await docker("unpause", id)
            #expect(again.errors.contains("is not paused"), "\(again)")
        }
    }

    @Test func `a paused container is stopped all the same`() async throws {
        try await docker.withContainer(command: [
            "sh", "-c", "trap 'exit 3' TERM; sleep 600 & wait",
        ]) {
            id in
            try await docker.says("pause", id)
            try await docker.says("stop", id)
            #expect(try await inspect(id, "{{.State.ExitCode}}") == "3")
        }
    }

    /// What begins while its container is being frozen would keep containerd waiting for ever.
    @Test func `processes start while others pause the container`() async throws {
        try await docker.withContainer { id in
            let end = End()
            try await withThrowingTaskGroup(of: Int.self) { group in
                group.addTask {
                    defer { end.come() }
                    for turn in 0..<40 {
                        for verb in ["pause", "unpause"] {
                            let answer = try await daemon.ask("POST", "/containers/\(id)/\(verb)")
                            #expect(answer.status == 204, "\(verb) \(turn): \(answer)")
                        }
                    }
                    return 0
                }
                for _ in 0..<4 {
                    group.addTask {
                        var started = 0
                        while !end.hasCome {
                            if try await startProcess(in: id) { started += 1 }
                        }
                        return started
                    }
                }
                let started = try await group.reduce(0, +)
                #expect(started > 0)
            }
            #expect(try await docker("exec", id, "echo", "alive").output == "alive\n")
        }
    }

    /// Answers false if the container was paused just then.
    private func startProcess(in id: String) async throws -> Bool {
        let made = try await daemon.ask("POST", "/containers/\(id)/exec", ["Cmd": ["true"]])
        guard made.status == 201 else {
            #expect(made.status == 409, "\(made)")
            return false
        }
        let exec = made.json["Id"].string ?? ""
        let started = try await daemon.ask("POST", "/exec/\(exec)/start", ["Detach": true])
        #expect([200, 409].contains(started.status), "\(started)")
        return started.status == 200
    }

    @Test func `a restarted container begins again, with its files`() async throws {
        let command = ["sh", "-c", "echo run >> /runs; sleep 600"]
        try await docker.withContainer(command: command) { id in
            let first = try await inspect(id, "{{.State.StartedAt}}")
            try await docker.says("restart", "-t", "1", id)
            #expect(try await inspect(id, "{{.State.StartedAt}}") != first)
            try await eventually("it ran twice", within: .seconds(30)) {
                try await docker("exec", id, "cat", "/runs").output == "run\nrun\n"
            }
        }
    }

    @Test func `a container that removes itself survives a restart`() async throws {
        try await docker.withContainer("--rm") { id in
            try await docker.says("restart", "-t", "0", id)
            #expect(try await inspect(id, "{{.State.Running}}") == "true")
            try await docker.says("kill", id)
            try await eventually("it is gone", within: .seconds(30)) {
                try await docker("inspect", id).status != 0
            }
        }
    }

    @Test func `a renamed container has the new name only`() async throws {
        try await docker.withContainer("--name", "old-name") { id in
            try await docker.says("rename", "old-name", "new-name")
            #expect(try await inspect("new-name", "{{.Id}} {{.Name}}") == "\(id) /new-name")
            #expect(try await docker("inspect", "old-name").status != 0)
            try await docker.says("create", "--name", "old-name", "--network", "none", "busybox")
            let taken = try await docker("rename", "new-name", "old-name")
            #expect(taken.errors.contains("is used by"), "\(taken)")
            try await docker.says("rm", "old-name")
        }
    }

    @Test func `top shows the container's processes`() async throws {
        try await docker.withContainer(command: ["sh", "-c", "sleep 611 & sleep 612"]) { id in
            try await eventually("both run", within: .seconds(30)) {
                let table = try await docker.says("top", id)
                return table.contains("sleep 611") && table.contains("sleep 612")
                    && table.hasPrefix("UID")
            }
        }
        let stopped = try await docker.says("create", "--network", "none", "busybox", "true")
        #expect(try await docker("top", stopped).errors.contains("is not running"))
        try await docker.says("rm", stopped)
    }

    @Test func `top has the columns that are asked for`() async throws {
        try await docker.withContainer(command: ["sh", "-c", "sleep 613 & sleep 614"]) { id in
            try await eventually("both run", within: .seconds(30)) {
                let rows = try await docker.says("top", id, "-eo", "pid,ppid,args")
                    .split(separator: "\n").map(String.init)
                return rows.first?.split(separator: " ") == ["PID", "PPID", "COMMAND"]
                    && rows.contains { $0.hasSuffix("sleep 613") }
                    && rows.contains { $0.hasSuffix("sleep 614") }
            }
            let usage = try await docker.says("top", id, "aux")
            #expect(usage.hasPrefix("USER") && usage.contains("%MEM"), "\(usage)")
            let blind = try await docker("top", id, "-eo", "comm")
            #expect(blind.status == 1 && blind.errors.contains("PID"), "\(blind)")
            let wrong = try await docker("top", id, "-o", "nonesuch")
            #expect(wrong.status == 1 && wrong.errors.contains("nonesuch"), "\(wrong)")
        }
    }

    @Test func `a container is stopped and restarted by the signal that is asked for`()
        async throws
    {
        let command = [
            "sh", "-c", "trap 'echo hup >> /heard; exit 5' HUP; while true; do sleep 0.05; done",
        ]
        try await docker.withContainer(command: command) { id in
            try await docker.says("stop", "-s", "HUP", "-t", "30", id)
            #expect(try await inspect(id, "{{.State.ExitCode}}") == "5")
            try await docker.says("start", id)
            try await docker.says("restart", "--signal", "SIGHUP", "-t", "30", id)
            #expect(try await docker.says("exec", id, "cat", "/heard") == "hup\nhup")
            let wrong = try await docker("stop", "-s", "NONESUCH", id)
            #expect(wrong.status == 1 && wrong.errors.contains("NONESUCH"), "\(wrong)")
            #expect(try await inspect(id, "{{.State.Running}}") == "true")
        }
    }

    @Test func `stats tell what the container uses`() async throws {
        try await docker.withContainer("-m", "64m", "--pids-limit", "50") { id in
            let line = try await docker.says(
                "stats", "--no-stream", "--format", "{{.MemUsage}}|{{.PIDs}}|{{.CPUPerc}}", id)
            let fields = line.split(separator: "|")
            #expect(fields.first?.hasSuffix("/ 64MiB") == true, "\(line)")
            #expect(fields.count == 3 && fields[1] == "1", "\(line)")
            let answer = try await daemon.ask("GET", "/containers/\(id)/stats?stream=0&one-shot=1")
            #expect(answer.json["memory_stats"]["limit"] == 67_108_864)
            #expect(answer.json["pids_stats"]["limit"] == 50)
            #expect(answer.json["cpu_stats"]["system_cpu_usage"].int ?? 0 > 0)
        }
    }

    // MARK: Limits

    @Test func `limits are the kernel's`() async throws {
        try await docker.withContainer(
            "-m", "64m", "--cpus", "0.5", "--pids-limit", "32", "--cpuset-cpus", "0"
        ) { id in
            let shown = try await inspect(
                id, "{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}} {{.HostConfig.PidsLimit}}")
            #expect(shown == "67108864 500000000 32")
            let stats = try await daemon.ask("GET", "/containers/\(id)/stats?stream=0&one-shot=1")
            #expect(stats.json["memory_stats"]["limit"] == 67_108_864)
            let many = try await docker(
                "exec", id, "sh", "-c", "for i in $(seq 40); do sleep 5 & done; wait")
            #expect((many.output + many.errors).contains("fork"), "\(many)")
        }
    }

    @Test func `limits change while it runs`() async throws {
        try await docker.withContainer("-m", "64m") { id in
            try await docker.says("update", "-m", "128m", "--memory-swap", "256m", id)
            let stats = try await daemon.ask("GET", "/containers/\(id)/stats?stream=0&one-shot=1")
            #expect(stats.json["memory_stats"]["limit"] == 134_217_728)
            #expect(try await inspect(id, "{{.HostConfig.Memory}}") == "134217728")
            try await docker.says("update", "--restart", "always", id)
            #expect(try await inspect(id, "{{.HostConfig.RestartPolicy.Name}}") == "always")
        }
    }

    @Test(arguments: [
        (["-m", "1m"], "6MB"), (["--cpus", "9999"], "range of CPUs"),
        (["--cap-add", "NONESUCH"], "unknown capability"),
        (["--restart", "always", "--rm"], "restart"),
        (["--device", "/dev/nonesuch"], "/dev/nonesuch"),
        (["--ipc", "host"], "IpcMode"), (["--sysctl", "kernel.msgmax=1"], "Sysctls"),
    ])
    func `what can't be is refused, and leaves nothing`(
        words: [String], reason: String
    ) async throws {
        let finished = try await docker.run(
            ["run", "--network", "none", "--name", "refused"] + words + ["busybox", "true"])
        #expect(finished.status == 125, "\(finished)")
        #expect(finished.errors.contains(reason), "\(finished)")
        #expect(try await docker.says("ps", "-aq", "--filter", "name=refused") == "")
    }

    @Test func `a container that takes too much memory is killed, and that is told`() async throws {
        try await docker.withContainer(
            "-m", "16m", "--memory-swap", "16m",
            command: ["sh", "-c", "x=a; while true; do x=$x$x; done"]
        ) { id in
            let status = try await docker.says("wait", id)
            #expect(status == "137")
            let isOutOfMemory = try await inspect(id, "{{.State.OOMKilled}}")
            #expect(isOutOfMemory == "true")
        }
    }

    @Test func `capabilities are added and dropped`() async throws {
        let show = ["grep", "CapEff", "/proc/self/status"]
        func mask(_ words: String...) async throws -> UInt64 {
            let said = try await docker.run(
                ["run", "--rm", "--network", "none"] + words + ["busybox"] + show
            ).said
            return UInt64(said.split(separator: "\t").last ?? "", radix: 16) ?? 0
        }
        let usual = try await mask()
        let (chown, admin) = (UInt64(1) << 0, UInt64(1) << 12)
        #expect(usual & chown != 0 && usual & admin == 0)
        #expect(try await mask("--cap-drop", "chown") == usual & ~chown)
        #expect(try await mask("--cap-add", "NET_ADMIN") == usual | admin)
        #expect(try await mask("--cap-drop", "ALL") == 0)
        #expect(try await mask("--cap-drop", "ALL", "--cap-add", "CAP_CHOWN") == chown)
    }

    @Test func `ulimits, devices, shared memory and a read-only root are as asked`() async throws {
        let finished = try await docker(
            "run", "--rm", "--network", "none", "--ulimit", "nofile=123:456", "--shm-size", "8m",
            "--device", "/dev/null:/dev/nothing:rw", "--read-only", "--security-opt",
            "no-new-privileges", "busybox", "sh", "-c",
            """
            ulimit -n; ulimit -Hn; df -k /dev/shm | tail -1 | awk '{print $2}'
            echo gone > /dev/nothing && ls -l /dev/nothing | cut -c1
            touch /file 2> /dev/null || echo read-only
            grep NoNewPrivs /proc/self/status | cut -f2
            """)
        #expect(try finished.said == "123\n456\n8192\nc\nread-only\n1", "\(finished)")
    }
}

/// Told by one task, and asked about by others.
private final class End: Sendable {
    private let flag = Atomic(false)

    var hasCome: Bool { flag.load(ordering: .relaxed) }

    func come() { flag.store(true, ordering: .relaxed) }
}
