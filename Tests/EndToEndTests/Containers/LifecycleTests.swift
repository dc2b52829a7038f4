import FoundationEssentials
import TestSupport
import Testing

/// A container from its making to its removal, over the command line and the socket.
@Suite(.daemon(with: .busybox), .inTime, .serialized, .requiresRoot(to: "run containers"))
struct LifecycleTests {
    let daemon: TestDaemon

    init() throws { daemon = try .shared }

    /// Ends at SIGTERM with status 5.
    private static let polite = "trap 'exit 5' TERM; echo ready; while :; do sleep 0.05; done"
    private static let stubborn = "trap '' TERM; echo ready; while :; do sleep 0.05; done"

    private func runReady(_ script: String, _ options: String...) async throws -> String {
        let id = try await daemon.pouch(
            ["run", "-d", "--network", "none"] + options + ["busybox", "sh", "-c", script]
        ).said
        try await eventually("the container has come up") {
            try await daemon.says("logs", id).contains("ready")
        }
        return id
    }

    private func state(_ container: String) async throws -> JSON {
        try await daemon.ask("GET", "/containers/\(container)/json").json["State"]
    }

    private func post(_ target: String) async throws -> Int {
        try await daemon.ask("POST", target).status
    }

    // MARK: Stop, kill, wait

    @Test func `stop asks first, and the container ends as it wants`() async throws {
        let id = try await runReady(Self.polite)
        #expect(try await daemon.says("stop", id) == id)
        #expect(try await state(id)["ExitCode"] == 5)
        #expect(try await state(id)["Running"] == false)
        try await daemon.says("rm", id)
    }

    @Test func `stop doesn't ask for ever`() async throws {
        let id = try await runReady(Self.stubborn)
        try await daemon.says("stop", "-t", "1", id)
        #expect(try await state(id)["ExitCode"] == 137)
        try await daemon.says("rm", id)
    }

    @Test func `stop sends the signal that the container wants`() async throws {
        let id = try await runReady(
            "trap 'exit 9' USR1; echo ready; while :; do sleep 0.05; done", "--stop-signal",
            "SIGUSR1")
        try await daemon.says("stop", id)
        #expect(try await state(id)["ExitCode"] == 9)
        try await daemon.says("rm", id)
    }

    @Test(arguments: ["HUP", "SIGHUP", "1"])
    func `kill sends the signal that is named`(signal: String) async throws {
        let id = try await runReady("trap 'exit 3' HUP; echo ready; while :; do sleep 0.05; done")
        try await daemon.says("kill", "-s", signal, id)
        #expect(try await daemon.says("wait", id) == "3")
        try await daemon.says("rm", id)
    }

    @Test func `wait returns when the container ends, and at once when it has`() async throws {
        let id = try await runReady(Self.polite)
        async let waiting = daemon.says("wait", id)
        try await daemon.says("stop", id)
        #expect(try await waiting == "5")
        #expect(try await daemon.says("wait", id) == "5")
        try await daemon.says("rm", id)
    }

    @Test func `what can't be done again says so`() async throws {
        let id = try await runReady(Self.polite)
        #expect(try await post("/containers/\(id)/start") == 304)
        #expect(try await post("/containers/\(id)/stop") == 204)
        #expect(try await post("/containers/\(id)/stop") == 304)
        #expect(try await post("/containers/\(id)/kill") == 409)
        try await daemon.says("rm", id)
        for verb in ["start", "stop", "kill", "wait"] {
            #expect(try await post("/containers/\(id)/\(verb)") == 404, "\(verb)")
        }
        #expect(try await daemon.ask("DELETE", "/containers/\(id)").status == 404)
    }

    @Test func `kill with a signal that is none is refused`() async throws {
        let id = try await runReady(Self.polite)
        #expect(try await post("/containers/\(id)/kill?signal=NONESUCH") == 400)
        #expect(try await state(id)["Running"] == true)
        try await daemon.says("rm", "-f", id)
    }

    // MARK: Start again

    @Test func `a container that starts again has what it wrote, and its volumes`() async throws {
        let volume = daemon.fresh()
        let id = try await daemon.says(
            "create", "--network", "none", "-v", "\(volume):/data", "busybox", "sh", "-c",
            "echo x >> /own; echo y >> /data/theirs; cat /own /data/theirs")
        #expect(try await state(id)["Status"] == "created")
        for _ in 0..<2 {
            try await daemon.says("start", id)
            #expect(try await daemon.says("wait", id) == "0")
        }
        #expect(try await daemon.says("logs", id) == "x\ny\nx\nx\ny\ny")
        try await daemon.says("rm", id)
        try await daemon.says("volume", "rm", volume)
    }

    @Test func `a container that could not start says why and can be removed`() async throws {
        let id = try await daemon.says("create", "--network", "none", "busybox", "/nonesuch")
        let finished = try await daemon.pouch("start", id)
        #expect(finished.status == 1, "\(finished)")
        #expect(finished.errors.contains("nonesuch"), "\(finished)")
        #expect(try await state(id)["Running"] == false)
        try await daemon.says("rm", id)
    }

    // MARK: Removal

    @Test func `a running container is removed only by force`() async throws {
        let id = try await runReady(Self.stubborn)
        let finished = try await daemon.pouch("rm", id)
        #expect(finished.status == 1, "\(finished)")
        #expect(try await daemon.ask("DELETE", "/containers/\(id)").status == 409)
        #expect(try await daemon.isRunning(id))

        #expect(try await daemon.says("rm", "-f", id) == id)
        #expect(try await daemon.ask("GET", "/containers/\(id)/json").status == 404)
    }

    @Test func `a removed container leaves no process, mount or layer`() async throws {
        let before = (
            ProcessEntry.belonging(to: daemon.root).count, MountEntry.under(daemon.root).count,
            try layers()
        )
        let id = try await runReady(Self.polite)
        #expect(ProcessEntry.belonging(to: daemon.root).count > before.0)
        try await daemon.says("rm", "-f", id)
        #expect(MountEntry.under(daemon.root).count == before.1)
        try await eventually("its processes end") {
            ProcessEntry.belonging(to: daemon.root).count <= before.0
        }
        try await eventually("its layer goes") { try layers() <= before.2 }
        let traces = try await Program.shell(#"find "$1" -name "*$2*" || true"#, daemon.root, id)
        #expect(traces == "")
    }

    private func layers() throws -> Int {
        try FileManager.default.subpathsOfDirectory(atPath: daemon.home)
            .count { $0.wholeMatch(of: #/.*overlayfs/snapshots/\d+/#) != nil }
    }

    // MARK: Names and questions

    @Test func `containers are found by name, id and the beginning of it`() async throws {
        let name = daemon.fresh("web")
        let id = try await daemon.says("create", "--name", name, "busybox")
        for word in [name, id, String(id.prefix(12)), String(id.prefix(5))] {
            let found = try await daemon.says(
                "container", "inspect", "-f", "{{.Id}} {{.Name}}", word)
            #expect(found == "\(id) /\(name)", "\(word)")
        }
        try await daemon.says("rm", String(id.prefix(12)))
    }

    @Test func `a name that a container has is refused, and named`() async throws {
        let name = daemon.fresh("web")
        try await daemon.says("create", "--name", name, "busybox")
        let answer = try await daemon.ask(
            "POST", "/containers/create?name=\(name)", ["Image": "busybox"])
        #expect(answer.status == 409, "\(answer)")
        #expect(answer.message.contains(name))
        try await daemon.says("rm", name)
    }

    @Test(arguments: ["a/b", "..", "-a", "a b", "ä", "a%20b"])
    func `a container's name follows a volume's rules`(name: String) async throws {
        let finished = try await daemon.pouch("create", "--name=\(name)", "busybox")
        #expect(finished.status != 0, "\(finished)")
        #expect(try await daemon.says("ps", "-aq") == "")
    }

    @Test func `create over the socket answers in docker's shape`() async throws {
        let volume = daemon.fresh()
        let answer = try await daemon.ask(
            "POST", "/v1.41/containers/create",
            [
                "Image": "busybox", "Cmd": ["sh", "-c", "cat /in/file"],
                "HostConfig": ["Binds": [.string("\(volume):/in")], "NetworkMode": "none"],
            ])
        #expect(answer.status == 201, "\(answer)")
        #expect(answer.json["Warnings"] == [])
        let id = try #require(answer.json["Id"].string)
        try Data("hello".utf8).write(to: URL(filePath: "\(daemon.home)/volume/\(volume)/file"))
        #expect(try await post("/containers/\(id)/start") == 204)
        let end = try await daemon.ask("POST", "/containers/\(id)/wait")
        #expect(end.status == 200)
        #expect(end.json["StatusCode"] == 0)
        #expect(try await daemon.says("logs", id) == "hello")
        #expect(try await daemon.ask("DELETE", "/containers/\(id)?v=1").status == 204)
        // A volume with a name stays.
        #expect(try await daemon.ask("DELETE", "/volumes/\(volume)").status == 204)
    }

    @Test func `create refuses what it can't do, in docker's numbers`() async throws {
        let requests: [(JSON, Int)] = [
            (["Image": "nonesuch:never"], 404), ([:], 400), (["Image": ""], 400),
            (["Image": 5], 400), (["Image": "busybox", "Cmd": "sh"], 400),
            (["Image": "busybox", "HostConfig": ["Binds": ["a:b:c:d"]]], 400),
            (["Image": "busybox", "HostConfig": ["Binds": ["data:/"]]], 400),
            (["Image": "busybox", "HostConfig": ["Binds": "data:/data"]], 400),
        ]
        for (request, status) in requests {
            let answer = try await daemon.ask("POST", "/containers/create", request)
            #expect(answer.status == status, "\(request.text): \(answer)")
            #expect(!answer.message.isEmpty)
        }
        #expect(try await daemon.says("ps", "-aq") == "")
        #expect(try await daemon.volumes == [])
    }

    @Test func `ps shows what runs, and with -a what has ended`() async throws {
        let running = try await runReady(Self.polite, "--name", "runs", "-l", "team=blue")
        let ended = try await daemon.pouch(
            "run", "--name", "ended", "--network", "none", "busybox", "sh", "-c", "exit 4")
        #expect(ended.status == 4)
        let created = try await daemon.says("create", "--name", "fresh", "busybox")

        #expect(try await daemon.says("ps", "-q") == String(running.prefix(12)))
        #expect(try await daemon.says("ps", "-aq").split(separator: "\n").count == 3)
        let table = try await daemon.says("ps", "-a").split(separator: "\n")
        let header = #/CONTAINER ID +IMAGE +COMMAND +CREATED +STATUS +(PORTS +)?NAMES */#
        #expect(table.first?.wholeMatch(of: header) != nil, "\(table)")
        #expect(table.contains { $0.contains("Exited (4)") && $0.contains("ended") }, "\(table)")
        #expect(table.contains { $0.contains("Up") && $0.contains("runs") }, "\(table)")
        #expect(table.contains { $0.contains("Created") && $0.contains("fresh") }, "\(table)")

        let filters = [
            ("name=run", ["runs"]), ("label=team", ["runs"]), ("label=team=red", []),
            ("status=exited", ["ended"]), ("status=created", ["fresh"]),
            ("id=\(created.prefix(6))", ["fresh"]),
        ]
        for (filter, names) in filters {
            let found = try await daemon.says(
                "ps", "-a", "--filter", filter, "--format", "{{.Names}}")
            #expect(found == names.joined(separator: "\n"), "\(filter)")
        }
        #expect(try await daemon.pouch("ps", "--filter", "colour=blue").status == 1)
        let line = try await daemon.says("ps", "--format", "json")
        #expect(try JSON(line)["Names"] == "runs")
        try await daemon.says("rm", "-f", "runs", "ended", "fresh")
    }

    @Test func `inspect shows state, times and what runs`() async throws {
        let id = try await runReady(Self.polite, "-e", "A=b", "-w", "/tmp", "-l", "k=v")
        let details = try await daemon.ask("GET", "/containers/\(id)/json").json
        #expect(details["Id"] == .string(id))
        #expect(details["Path"] == "sh")
        #expect(details["Args"][0] == "-c")
        #expect(details["Config"]["WorkingDir"] == "/tmp")
        #expect(details["Config"]["Labels"] == ["k": "v"])
        #expect(details["Config"]["Env"].array?.contains("A=b") == true)
        #expect(details["State"]["Status"] == "running")
        let pid = try #require(details["State"]["Pid"].int)
        #expect(ProcessEntry.isAlive(Int32(pid)))
        let time = #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/#
        #expect(details["Created"].string?.wholeMatch(of: time) != nil)
        #expect(details["State"]["StartedAt"].string?.wholeMatch(of: time) != nil)
        try await daemon.says("stop", id)
        let end = try await state(id)
        #expect(end["Status"] == "exited")
        #expect(end["Pid"] == 0)
        let finished = try #require(end["FinishedAt"].string)
        #expect(finished > details["State"]["StartedAt"].string ?? "~")
        try await daemon.says("rm", id)
    }

    @Test func `verbs with many names do what they can, and fail if any failed`() async throws {
        let id = try await daemon.says("create", "busybox")
        let finished = try await daemon.pouch("rm", "nonesuch", id, "neither")
        #expect(finished.status == 1, "\(finished)")
        #expect(finished.output == id + "\n")
        #expect(finished.errors.contains("nonesuch") && finished.errors.contains("neither"))
    }
}
