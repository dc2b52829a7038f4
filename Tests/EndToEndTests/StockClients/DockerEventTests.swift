import FoundationEssentials
import TestSupport
import Testing

/// What `docker events` shows of what happens.
@Suite(
    .daemon(with: .busybox), .inTime, .requiresRoot(to: "run containers"), .requiresDockerCLI)
struct DockerEventTests {
    let daemon: TestDaemon
    let docker: DockerCLI

    init() throws {
        daemon = try .shared
        docker = DockerCLI(daemon: daemon)
    }

    /// This moment, as both command lines hand it on: of `0s` they make a whole second, before the
    /// end of which nothing counts as past.
    private var now: String { "\(Date().timeIntervalSince1970)" }

    /// What has happened so far, as docker hands it on.
    private func past(_ filters: String...) async throws -> [JSON] {
        let words = filters.flatMap { ["--filter", $0] }
        let finished = try await docker.run(
            ["events", "--since", "1h", "--until", now, "--format", "{{json .}}"] + words)
        return try finished.said.split(separator: "\n").map { try JSON(String($0)) }
    }

    @Test func `a run with a volume tells its whole story in order`() async throws {
        let (name, volume) = (daemon.fresh("story"), daemon.fresh())
        let ran = try await docker(
            "run", "--rm", "--network", "none", "--name", name, "--label", "team=db", "-v",
            "\(volume):/data:ro", "busybox", "sh", "-c", "exit 3")
        #expect(ran.status == 3, "\(ran)")
        try await docker.says("volume", "rm", volume)
        let id = try await past("container=\(name)").first?["Actor"]["ID"].string ?? ""
        let story = try await past().filter {
            $0["Actor"]["ID"].string == id || $0["Actor"]["ID"].string == volume
        }
        let actions = story.map { "\($0["Type"].string ?? "") \($0["Action"].string ?? "")" }
            .filter { $0 != "container attach" }
        #expect(
            actions == [
                "volume create", "container create", "volume mount", "container start",
                "container die", "volume unmount", "container destroy", "volume destroy",
            ])

        let die = story.first { $0["Action"] == "die" }?["Actor"]["Attributes"] ?? .null
        #expect(die["exitCode"] == "3")
        #expect(die["name"].string == name)
        #expect(die["image"] == "busybox")
        #expect(die["team"] == "db")
        let mount = story.first { $0["Action"] == "mount" }?["Actor"]["Attributes"] ?? .null
        #expect(
            mount == [
                "driver": "local", "container": .string(id), "destination": "/data",
                "read/write": "false", "propagation": "",
            ])
        let unmount = story.first { $0["Action"] == "unmount" }?["Actor"]["Attributes"] ?? .null
        #expect(unmount == ["driver": "local", "container": .string(id)])
    }

    @Test func `filters leave only what they name`() async throws {
        let volume = daemon.fresh()
        try await docker.says("volume", "create", volume)
        try await docker.says("volume", "rm", volume)
        let other = daemon.fresh()
        try await docker.says("volume", "create", other)
        #expect(
            try await past("volume=\(volume)", "event=destroy").map { $0["Action"] } == ["destroy"])
        #expect(try await past("volume=\(volume)", "type=container").isEmpty)
        let all = try await past("type=volume", "event=create", "event=destroy")
        #expect(all.allSatisfy { $0["Type"] == "volume" })
        let wrong = try await docker("events", "--until", "0s", "--filter", "nonesuch=1")
        #expect(wrong.status == 1)
        #expect(wrong.errors.contains("nonesuch"), "\(wrong)")
    }

    @Test func `who listens hears at once, and until when they wanted`() async throws {
        let volume = daemon.fresh()
        let connection = try daemon.connection()
        let filters = Self.escaped(#"{"volume":["\#(volume)"]}"#)
        try await connection.send(
            Request("GET", "/events?filters=\(filters)&until=\(Date().timeIntervalSince1970 + 4)")
                .bytes)
        #expect(try await connection.head().contains("200"))
        try await docker.says("volume", "create", volume)
        let answer = try await connection.answer()
        let lines = try answer.text.split(separator: "\n").map { try JSON(String($0)) }
        #expect(lines.map { $0["Action"] } == ["create"])
        #expect(lines.first?["scope"] == "local")
        let nanoseconds = lines.first?["timeNano"].int ?? 0
        #expect(lines.first?["time"].int == nanoseconds / 1_000_000_000)
    }

    @Test func `images that come, get names and go are told of`() async throws {
        let name = "\(daemon.fresh("image")):1"
        try await docker.says("tag", "busybox", name)
        try await docker.says("rmi", name)
        let events = try await past("type=image")
        #expect(events.contains { $0["Action"] == "load" })
        #expect(
            events.contains {
                $0["Action"] == "tag" && $0["Actor"]["Attributes"]["name"].string == name
            })
        #expect(events.contains { $0["Action"] == "untag" })
    }

    @Test func `pouch shows them as docker does`() async throws {
        let volume = daemon.fresh()
        try await daemon.says("volume", "create", volume)
        let words = ["events", "--since", "1h", "--until", now, "-f", "volume=\(volume)"]
        let plain = try await daemon.pouch(words).said
        let dockers = try await docker.run(words).said
        #expect(plain.contains("volume create \(volume) (driver=local)"), "\(plain)")
        #expect(dockers.contains("volume create \(volume) (driver=local)"), "\(dockers)")
        let format = try await daemon.pouch(
            words + ["--format", "{{.Type}} {{.Action}} {{.Actor.ID}}"])
        #expect(try format.said == "volume create \(volume)", "\(format)")
    }

    private static func escaped(_ text: String) -> String {
        text.utf8.map { byte in
            let scalar = UnicodeScalar(byte)
            return scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                ? String(scalar) : "%" + String(byte, radix: 16, uppercase: true)
        }.joined()
    }
}
