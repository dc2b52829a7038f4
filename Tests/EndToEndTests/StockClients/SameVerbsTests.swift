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
}
