import TestSupport
import Testing

/// Docker's verbs in pouch, with the same feel.
@Suite(.daemon(with: .busybox), .inTime, .serialized, .requiresRoot(to: "run containers"))
struct SameVerbsTests {
    let daemon: TestDaemon

    init() throws { daemon = try .shared }

    private func withContainer(_ body: (_ id: String) async throws -> Void) async throws {
        let id = try await daemon.runDetached("busybox", "sleep", "600")
        do {
            try await body(id)
        } catch {
            _ = try? await daemon.pouch("rm", "-f", id)
            throw error
        }
        try await daemon.says("rm", "-f", id)
    }

    /// Runs pouch on a terminal and types `input`.
    private func onTerminal(_ command: String, input: String) async throws -> Finished {
        try await Program.run(
            [
                "/usr/bin/script", "-qefc",
                "\(Built.pouch) -H unix://\(daemon.socket) \(command)", "/dev/null",
            ], input: Array(input.utf8))
    }

    @Test func `what is typed reaches a container and its end too`() async throws {
        let text = String(repeating: "typed\n", count: 20_000)
        let finished = try await daemon.pouch(
            ["run", "--rm", "-i", "--network", "none", "busybox", "cat"], input: Array(text.utf8))
        #expect(finished.status == 0, "\(finished.errors)")
        #expect(finished.output == text)
    }

    @Test func `exec ends with the program's status`() async throws {
        try await withContainer { id in
            let finished = try await daemon.pouch(
                "exec", "-u", "1000", "-w", "/tmp", "-e", "A=b", id, "sh", "-c",
                "id -u; pwd; echo $A >&2; exit 5")
            #expect(finished.status == 5, "\(finished)")
            #expect(finished.output == "1000\n/tmp\n")
            #expect(finished.errors == "b\n")
            let typed = try await daemon.pouch(
                ["exec", "-i", id, "wc", "-c"], input: Array("12345".utf8))
            #expect(typed.output == "5\n", "\(typed)")
            #expect(try await daemon.pouch("exec", id, "nonesuch").status == 127)
            let refused = try await daemon.pouch("exec", "nobody", "true")
            #expect(refused.status == 1)
            #expect(refused.errors.contains("No such container"), "\(refused)")
        }
    }

    @Test func `a terminal is one inside too`() async throws {
        try await withContainer { id in
            let finished = try await onTerminal(
                "exec -it \(id) sh", input: "tty\nexit 6\n")
            #expect(finished.status == 6, "\(finished)")
            #expect(finished.output.contains("/dev/pts/"), "\(finished)")
        }
    }

    @Test func `pause, unpause, restart, rename, top, stats and update`() async throws {
        try await withContainer { id in
            try await daemon.says("pause", id)
            #expect(try await daemon.says("ps", "--format", "{{.State}}") == "paused")
            try await daemon.says("unpause", id)
            try await daemon.says("restart", "-t", "0", id)
            try await daemon.says("rename", id, "renamed")
            #expect(try await daemon.says("top", "renamed").contains("sleep 600"))
            try await daemon.says("update", "-m", "64m", "renamed")
            let stats = try await daemon.says("stats", "--format", "{{.Name}} {{.MemUsage}}")
            #expect(stats.hasPrefix("renamed ") && stats.hasSuffix("/ 64MiB"), "\(stats)")
        }
    }

    @Test func `attach shows what is written and ends with the container`() async throws {
        let id = try await daemon.runDetached(
            "busybox", "sh", "-c", "while [ ! -e /go ]; do sleep 0.05; done; echo went; exit 9")
        async let attached = daemon.pouch("attach", "--no-stdin", id)
        try await daemon.says("exec", "-d", id, "sh", "-c", "sleep 1; touch /go")
        let finished = try await attached
        #expect(finished.status == 9, "\(finished)")
        #expect(finished.output == "went\n")
        try await daemon.says("rm", id)
    }

    @Test func `stop, restart and top understand what docker's do`() async throws {
        let id = try await daemon.runDetached(
            "busybox", "sh", "-c", "trap 'exit 5' HUP; while true; do sleep 0.05; done")
        let columns = try await daemon.says("top", id, "-eo", "pid,comm").split(separator: "\n")
        #expect(columns.first?.split(separator: " ") == ["PID", "COMMAND"], "\(columns)")
        try await daemon.says("restart", "-s", "HUP", "-t", "30", id)
        try await daemon.says("stop", "--signal", "SIGHUP", "-t", "30", id)
        #expect(try await daemon.says("inspect", "-f", "{{.State.ExitCode}}", id) == "5")
        let last = try await daemon.says("ps", "-l", "--format", "{{.Status}}")
        #expect(last.hasPrefix("Exited (5)"), "\(last)")
        try await daemon.says("rm", id)
    }

    @Test func `a container is started and sat at in one`() async throws {
        let id = try await daemon.says("create", "-i", "--network", "none", "busybox", "cat")
        let finished = try await daemon.pouch(["start", "-ai", id], input: Array("typed\n".utf8))
        #expect(finished.status == 0 && finished.output == "typed\n", "\(finished)")
        try await daemon.says("rm", id)
        let failing = try await daemon.says(
            "create", "--network", "none", "busybox", "sh", "-c", "echo here; exit 4")
        let sat = try await daemon.pouch("start", "-a", failing)
        #expect(sat.status == 4 && sat.output == "here\n", "\(sat)")
        let two = try await daemon.pouch("start", "-a", failing, "other")
        #expect(two.status == 64 && two.errors.contains("one container"), "\(two)")
        try await daemon.says("rm", failing)
    }

    @Test func `what nobody needs is pruned`() async throws {
        let id = try await daemon.says("create", "--network", "none", "busybox")
        let pruned = try await daemon.says("container", "prune", "-f")
        #expect(pruned.contains(id) && pruned.contains("Total reclaimed space: "), "\(pruned)")
        let next = try await daemon.says("create", "--network", "none", "-v", "/a", "busybox")
        let volume = try await daemon.says(
            "inspect", "-f", "{{range .Mounts}}{{.Name}}{{end}}", next)
        let all = try await daemon.says("system", "prune", "-f", "--volumes")
        #expect(all.contains("Deleted container: \(next)"), "\(all)")
        #expect(all.contains("Deleted volume: \(volume)"), "\(all)")
        #expect(try await daemon.says("images", "-q") != "")
    }

    @Test func `checks, log sizes and limits are asked for in docker's words`() async throws {
        let id = try await daemon.says(
            "create", "--network", "none", "--health-cmd", "true", "--health-interval", "1m30s",
            "--log-opt", "max-size=1m", "--log-opt", "max-file=3", "--stop-timeout", "7",
            "--cpu-shares", "512", "--shm-size", "8m", "--security-opt", "no-new-privileges",
            "busybox")
        let shown = try await daemon.ask("GET", "/containers/\(id)/json").json
        let (config, host) = (shown["Config"], shown["HostConfig"])
        #expect(
            config["Healthcheck"] == ["Test": ["CMD-SHELL", "true"], "Interval": 90_000_000_000])
        #expect(config["StopTimeout"] == 7)
        #expect(host["LogConfig"]["Config"] == ["max-size": "1m", "max-file": "3"])
        #expect(host["CpuShares"] == 512 && host["ShmSize"] == 8_388_608)
        #expect(host["SecurityOpt"] == ["no-new-privileges"])
        try await daemon.says("rm", id)
    }
}
