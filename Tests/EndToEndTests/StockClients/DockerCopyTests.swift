import TestSupport
import Testing

/// `cp` of docker and of pouch, both ways, of containers that run and that don't.
@Suite(
    .daemon(with: .busybox, .data), .inTime, .serialized, .requiresRoot(to: "run containers"),
    .requiresDockerCLI)
struct DockerCopyTests {
    let daemon: TestDaemon
    let docker: DockerCLI

    init() throws {
        daemon = try .shared
        docker = DockerCLI(daemon: daemon)
    }

    enum Client: String, CaseIterable, Sendable {
        case docker, pouch
    }

    private func cp(
        _ client: Client, _ words: String..., input: [UInt8] = []
    ) async throws -> Finished {
        switch client {
        case .docker: try await docker.run(["cp"] + words, input: input)
        case .pouch: try await daemon.pouch(["cp"] + words, input: input)
        }
    }

    /// A container with a volume at /v, that runs or has ended, and a directory of the host.
    private func withContainer(
        running: Bool, _ body: (_ id: String, _ directory: String) async throws -> Void
    ) async throws {
        let directory = daemon.root + "/" + daemon.fresh("cp")
        try await Program.shell(#"mkdir "$1""#, directory)
        let id = try await docker.detached(
            "-v", "\(daemon.fresh()):/v", "data", "sh", "-c",
            "mkdir -p /v/tree/sub; echo in > /v/tree/f; echo sub > /v/tree/sub/g; ln -s f /v/tree/l; "
                + "echo up; sleep 100")
        try await eventually("it is up", within: .seconds(60)) {
            try await docker.says("logs", id).contains("up")
        }
        if !running { try await docker.says("kill", id) }
        try await body(id, directory)
        try await docker.says("rm", "-f", "-v", id)
    }

    @Test(arguments: Client.allCases, [true, false])
    func `files and trees come out`(client: Client, running: Bool) async throws {
        try await withContainer(running: running) { id, directory in
            _ = try await cp(client, "\(id):/v/tree/f", directory).said
            _ = try await cp(client, "\(id):/v/tree/f", directory + "/renamed").said
            _ = try await cp(client, "\(id):/v/tree", directory).said
            _ = try await cp(client, "\(id):/v/tree/.", directory + "/contents").said
            _ = try await cp(client, "\(id):/data/file", directory + "/layer").said
            #expect(
                try await Program.shell(
                    #"cd "$1"; cat f renamed layer; find tree contents | sort; readlink tree/l"#,
                    directory) == """
                        in
                        in
                        from the image
                        contents
                        contents/f
                        contents/l
                        contents/sub
                        contents/sub/g
                        tree
                        tree/f
                        tree/l
                        tree/sub
                        tree/sub/g
                        f
                        """)
        }
    }

    @Test(arguments: Client.allCases, [true, false])
    func `files and trees go in`(client: Client, running: Bool) async throws {
        try await withContainer(running: running) { id, directory in
            try await Program.shell(
                #"cd "$1"; mkdir -p t/sub; echo one > t/one; echo two > t/sub/two; chmod 640 t/one"#,
                directory)
            _ = try await cp(client, directory + "/t", "\(id):/v").said
            _ = try await cp(client, directory + "/t", "\(id):/v/new").said
            _ = try await cp(client, directory + "/t/.", "\(id):/v/tree").said
            _ = try await cp(client, directory + "/t/one", "\(id):/root-file").said
            _ = try await cp(client, directory + "/t/one", "\(id):/v/tree/one").said
            if !running { try await docker.says("start", id) }
            #expect(
                try await docker.says(
                    "exec", id, "sh", "-c",
                    "cd /v; cat t/one new/sub/two tree/one /root-file; stat -c %a t/one")
                    == "one\ntwo\none\none\n640")
        }
    }

    @Test(arguments: Client.allCases)
    func `a tar stream goes both ways`(client: Client) async throws {
        try await withContainer(running: true) { id, directory in
            let stream = try await cp(client, "\(id):/v/tree", "-").bytes
            _ = try await docker.run(["exec", id, "mkdir", "/v/again"]).said
            _ = try await cp(client, "-", "\(id):/v/again", input: stream).said
            #expect(
                try await docker.says("exec", id, "cat", "/v/again/tree/sub/g") == "sub")
        }
    }

    @Test(arguments: Client.allCases)
    func `what is not there is said to be missing`(client: Client) async throws {
        try await withContainer(running: false) { id, directory in
            for words in [
                ["\(id):/nonesuch", directory], [directory + "/nonesuch", "\(id):/v"],
                ["nonesuch:/v", directory], [directory, "\(id):/nonesuch/deep"],
            ] {
                let finished = try await cp(client, words[0], words[1])
                #expect(finished.status != 0 && !finished.errors.isEmpty, "\(finished)")
            }
        }
    }

    @Test(arguments: [true, false])
    func `symlinks in a container lead nowhere outside`(running: Bool) async throws {
        try await withContainer(running: true) { id, directory in
            try await Program.shell(#"echo secret > "$1/secret"; mkdir "$1/out""#, directory)
            _ = try await docker.run([
                "exec", id, "sh", "-c",
                "ln -s \(directory)/secret /v/s; ln -s \(directory) /v/d; ln -s ../../../../../../.. /v/u",
            ]).said
            if !running { try await docker.says("kill", id) }
            for path in ["/v/d/secret", "/v/u\(directory)/secret"] {
                let finished = try await docker.run(["cp", "\(id):\(path)", directory + "/out"])
                #expect(finished.status != 0, "\(finished)")
            }
            let through = try await docker.run(["cp", directory + "/secret", "\(id):/v/d/"])
            #expect(through.status != 0, "\(through)")
            #expect(try await Program.shell(#"ls "$1/out""#, directory) == "")
        }
    }

    @Test func `nothing is written to what is read-only`() async throws {
        let name = daemon.fresh()
        let id = try await docker.says("create", "--read-only", "-v", "\(name):/m:ro", "busybox")
        let file = daemon.root + "/" + daemon.fresh("file")
        try await Program.shell(#"echo x > "$1""#, file)
        for place in ["/m/f", "/f"] {
            let finished = try await docker.run(["cp", file, "\(id):\(place)"])
            #expect(finished.status != 0 && finished.errors.contains("Read-only"), "\(finished)")
        }
        try await docker.says("rm", id)
        #expect(MountEntry.under(daemon.state + "/mounts").isEmpty)
    }
}
