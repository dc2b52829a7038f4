import TestSupport
import Testing

/// What `docker run` and `docker attach` do when they sit at a container.
@Suite(
    .daemon(with: .busybox), .inTime, .serialized, .requiresRoot(to: "run containers"),
    .requiresDockerCLI)
struct DockerRunTests {
    let daemon: TestDaemon
    let docker: DockerCLI

    init() throws {
        daemon = try .shared
        docker = DockerCLI(daemon: daemon)
    }

    private func run(_ words: String..., input: String = "") async throws -> Finished {
        try await docker.run(
            ["run", "--rm", "--network", "none"] + words, input: Array(input.utf8))
    }

    @Test func `stdout and stderr arrive apart, and the status with them`() async throws {
        let finished = try await run(
            "busybox", "sh", "-c", "echo out; echo err >&2; printf 'no newline'; exit 7")
        #expect(finished.status == 7, "\(finished)")
        #expect(finished.output == "out\nno newline")
        #expect(finished.errors == "err\n")
        #expect(try await docker.says("ps", "-aq") == "")
    }

    @Test func `what is typed reaches the container, and its end too`() async throws {
        let text = String(repeating: "a line of what is typed\n", count: 50_000)
        let finished = try await run("-i", "busybox", "cat", input: text)
        #expect(finished.status == 0, "\(finished.errors)")
        #expect(finished.output == text)
    }

    @Test func `nothing is typed unless asked for`() async throws {
        let finished = try await run("busybox", "cat", input: "not for it")
        #expect(finished.status == 0, "\(finished)")
        #expect(finished.output == "")
    }

    @Test func `a container that reads nothing ends all the same`() async throws {
        let text = String(repeating: "x", count: 1 << 20)
        let finished = try await run("-i", "busybox", "sh", "-c", "echo done", input: text)
        #expect(finished.status == 0, "\(finished.errors)")
        #expect(finished.output == "done\n")
    }
}
