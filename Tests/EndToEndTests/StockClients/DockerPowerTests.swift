import TestSupport
import Testing

/// Containers that may do more than others, and an init program in them.
@Suite(
    .daemon(with: .busybox), .inTime, .serialized, .requiresRoot(to: "run containers"),
    .requiresDockerCLI)
struct DockerPowerTests {
    let daemon: TestDaemon
    let docker: DockerCLI

    init() throws {
        daemon = try .shared
        docker = DockerCLI(daemon: daemon)
    }

    private func run(_ words: String...) async throws -> String {
        try await docker.run(["run", "--rm", "--network", "none"] + words).said
    }

    private let powers = "grep -E 'CapEff|Seccomp:' /proc/self/status | cut -f2"

    @Test func `a privileged container mounts, sees the host's devices, and is not filtered`()
        async throws
    {
        let said = try await run(
            "--privileged", "busybox", "sh", "-c",
            "mkdir /mnt; mount -t tmpfs x /mnt && touch /mnt/f && ls /mnt; test -c /dev/kmsg && echo device; "
                + "test -w /proc/sys/kernel/hostname && echo writable; "
                + "grep Seccomp: /proc/self/status | cut -f2")
        #expect(said == "f\ndevice\nwritable\n0")
        let usual = try await docker.run([
            "run", "--rm", "--network", "none", "busybox", "mount", "-t", "tmpfs", "x", "/tmp",
        ])
        #expect(usual.status != 0)
    }

    @Test func `inspect says what a container may`() async throws {
        let id = try await docker.says("create", "--privileged", "--init", "busybox")
        let said = try await docker.says(
            "inspect", "-f", "{{.HostConfig.Privileged}} {{.HostConfig.Init}} {{.Path}}", id)
        #expect(said == "true true sh")
        try await docker.says("rm", id)
    }

    @Test func `a privileged exec has what its container has not`() async throws {
        let id = try await docker.detached("busybox", "sleep", "300")
        let usual = try await docker.says("exec", id, "sh", "-c", powers)
        let privileged = try await docker.says("exec", "--privileged", id, "sh", "-c", powers)
        let all = try await run("--cap-add", "ALL", "busybox", "sh", "-c", powers)
        #expect(usual != privileged)
        #expect(privileged == all)
        try await daemon.says("exec", "--privileged", id, "true")
        try await docker.says("rm", "-f", id)
    }

    @Test func `an init program comes first, hands signals on and reaps`() async throws {
        let id = try await docker.detached(
            "--init", "busybox", "sh", "-c",
            "trap 'exit 7' TERM; (sleep 0.1 &); while :; do sleep 0.1; done")
        let names = try await docker.says("exec", id, "sh", "-c", "cat /proc/1/comm")
        #expect(names == "docker-init")
        try await eventually("what its program left is reaped", within: .seconds(60)) {
            // A zombie would show its state here.
            try await !docker.says(
                "exec", id, "sh", "-c", "grep -l 'Z (zombie)' /proc/*/status; true"
            )
            .contains("/proc/")
        }
        try await docker.says("stop", id)
        #expect(try await docker.says("inspect", "-f", "{{.State.ExitCode}}", id) == "7")
        try await docker.says("rm", id)
        #expect(
            try await daemon.says(
                "run", "--rm", "--network", "none", "--init", "busybox", "sh", "-c", "exit 0") == ""
        )
    }
}
