import TestSupport
import Testing

/// What `docker exec` does in a container that runs.
@Suite(
    .daemon(with: .busybox), .inTime, .serialized, .requiresRoot(to: "run containers"),
    .requiresDockerCLI)
struct DockerExecTests {
    let daemon: TestDaemon
    let docker: DockerCLI

    init() throws {
        daemon = try .shared
        docker = DockerCLI(daemon: daemon)
    }

    @Test func `output, errors and status are the process's own`() async throws {
        try await docker.withContainer { id in
            for status in [0, 1, 42, 255] {
                let finished = try await docker(
                    "exec", id, "sh", "-c", "echo out; echo err >&2; exit \(status)")
                #expect(finished.status == Int32(status), "\(finished)")
                #expect(finished.output == "out\n")
                #expect(finished.errors == "err\n")
            }
        }
    }

    @Test func `what is typed reaches the process, and its end too`() async throws {
        try await docker.withContainer { id in
            let text = String(repeating: "a line of what is typed\n", count: 50_000)
            let finished = try await docker(
                "exec", "-i", id, "sh", "-c", "wc -c; echo done", input: Array(text.utf8))
            #expect(finished.status == 0, "\(finished)")
            #expect(finished.output == "\(text.utf8.count)\ndone\n")
        }
    }

    @Test func `much output arrives whole`() async throws {
        try await docker.withContainer { id in
            let finished = try await docker("exec", id, "dd", "if=/dev/zero", "bs=64k", "count=512")
            #expect(finished.status == 0, "\(finished.errors)")
            #expect(finished.bytes.count == 32 << 20)
        }
    }

    @Test func `user, directory and variables are as asked`() async throws {
        try await docker.withContainer("-e", "KEPT=yes", "-e", "CHANGED=no") { id in
            let finished = try await docker(
                "exec", "-u", "1000:1001", "-w", "/tmp", "-e", "CHANGED=yes", "-e", "NEW=a=b", id,
                "sh", "-c", "id -u; id -g; pwd; echo $KEPT $CHANGED $NEW")
            #expect(try finished.said == "1000\n1001\n/tmp\nyes yes a=b", "\(finished)")
        }
    }

    @Test func `127 says that there is no such program, and 126 that it can't be run`()
        async throws
    {
        try await docker.withContainer { id in
            let absent = try await docker("exec", id, "nonesuch")
            #expect(absent.status == 127, "\(absent)")
            #expect((absent.output + absent.errors).contains("nonesuch"))
            #expect(try await docker("exec", id, "/etc").status == 126)
        }
    }

    @Test func `a detached process runs on`() async throws {
        try await docker.withContainer { id in
            try await docker.says("exec", "-d", id, "sh", "-c", "sleep 0.2; echo ran > /tmp/ran")
            try await eventually("the process ran", within: .seconds(30)) {
                try await docker("exec", id, "cat", "/tmp/ran").output == "ran\n"
            }
        }
    }

    @Test func `a terminal has the size of the client's`() async throws {
        try await docker.withContainer { id in
            let finished = try await docker.onTerminal(
                "exec -t \(id) sh -c 'tty; stty size; echo $TERM'")
            #expect(finished.output.contains("/dev/pts/"), "\(finished)")
            #expect(finished.output.contains("xterm"), "\(finished)")
        }
    }

    @Test func `a process goes on when its client leaves`() async throws {
        try await docker.withContainer { id in
            let made = try await daemon.ask(
                "POST", "/containers/\(id)/exec",
                [
                    "Cmd": ["sh", "-c", "sleep 0.3; yes | head -c 1000000; touch /tmp/end"],
                    "AttachStdout": true,
                ])
            let exec = made.json["Id"].string ?? ""
            var request = Request("POST", "/exec/\(exec)/start", [:])
            request.headers["Upgrade"] = "tcp"
            request.headers["Connection"] = "Upgrade"
            do {
                let connection = try daemon.connection()
                try await connection.send(request.bytes)
                try await eventually("it runs", within: .seconds(30)) {
                    try await daemon.ask("GET", "/exec/\(exec)/json").json["Running"] == true
                }
            }
            try await eventually("it ended", within: .seconds(30)) {
                try await daemon.ask("GET", "/exec/\(exec)/json").json["ExitCode"] == 0
            }
            #expect(try await docker("exec", id, "ls", "/tmp/end").status == 0)
        }
    }

    @Test func `a container that does not run is refused`() async throws {
        let id = try await docker.says("create", "--network", "none", "busybox", "true")
        let finished = try await docker("exec", id, "true")
        #expect(finished.status == 1, "\(finished)")
        #expect(finished.errors.contains("is not running"), "\(finished)")
        try await docker.says("rm", id)
        let unknown = try await docker("exec", "nonesuch", "true")
        #expect(unknown.errors.contains("No such container: nonesuch"), "\(unknown)")
    }
}
