import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// pouchd is killed, and everything else goes on.
@Suite(.daemon(with: .busybox), .inTime, .serialized, .requiresRoot(to: "run containers"))
struct DeathTests {
    let daemon: TestDaemon

    init() throws { daemon = try .shared }

    private func file(_ name: String, in volume: String) -> String {
        "\(daemon.home)/volume/\(volume)/\(name)"
    }

    private func touch(_ name: String, in volume: String) throws {
        try Data().write(to: URL(filePath: file(name, in: volume)))
    }

    private func pid(of container: String) async throws -> Int32 {
        let details = try await daemon.ask("GET", "/containers/\(container)/json").json
        return Int32(try #require(details["State"]["Pid"].int))
    }

    @Test func `containers go on, and are known again`() async throws {
        let volume = daemon.fresh()
        let id = try await daemon.runDetached(
            "-v", "\(volume):/data", "busybox", "sh", "-c",
            "while [ ! -e /data/go ]; do sleep 0.05; done; echo bye; exit 7")
        let process = try await pid(of: id)
        try await daemon.kill()
        #expect(ProcessEntry.isAlive(process))
        try await daemon.start()

        #expect(try await daemon.isRunning(id))
        #expect(try await pid(of: id) == process)
        #expect(try await daemon.ask("DELETE", "/volumes/\(volume)").status == 409)
        async let waiting = daemon.says("wait", id)
        try touch("go", in: volume)
        #expect(try await waiting == "7")
        #expect(try await daemon.says("logs", id) == "bye")
        try await daemon.says("rm", id)
        try await daemon.says("volume", "rm", volume)
    }

    @Test func `what ended meanwhile is noticed, with its status`() async throws {
        let volume = daemon.fresh()
        let id = try await daemon.runDetached(
            "-v", "\(volume):/data", "busybox", "sh", "-c",
            "while [ ! -e /data/go ]; do sleep 0.05; done; exit 9")
        let process = try await pid(of: id)
        try await daemon.kill()
        try touch("go", in: volume)
        try await eventually("the container ended") { !ProcessEntry.isAlive(process) }
        try await daemon.start()

        try await eventually("the end is noticed") { try await !daemon.isRunning(id) }
        let state = try await daemon.ask("GET", "/containers/\(id)/json").json["State"]
        #expect(state["Status"] == "exited")
        #expect(state["ExitCode"] == 9)
        #expect(try await daemon.says("wait", id) == "9")
        #expect(try await daemon.ask("DELETE", "/volumes/\(volume)").status == 409)
        try await daemon.expectSound()
        try await daemon.says("rm", id)
        try await daemon.says("volume", "rm", volume)
    }

    @Test func `what should be removed at its end is, also when it ended meanwhile`()
        async throws
    {
        let volume = daemon.fresh()
        let id = try await daemon.runDetached(
            "--rm", "-v", "\(volume):/data", "-v", "/own", "busybox", "sh", "-c",
            "while [ ! -e /data/go ]; do sleep 0.05; done")
        let process = try await pid(of: id)
        try await daemon.kill()
        try touch("go", in: volume)
        try await eventually("the container ended") { !ProcessEntry.isAlive(process) }
        try await daemon.start()

        try await eventually("the container is gone") {
            try await daemon.ask("GET", "/containers/\(id)/json").status == 404
        }
        try await eventually("only the volume with a name is left") {
            try await daemon.volumes == [volume]
        }
        try await daemon.says("volume", "rm", volume)
    }

    @Test func `10 MB written while it is dead block nobody, and no line is lost`()
        async throws
    {
        let volume = daemon.fresh()
        let id = try await daemon.runDetached(
            "-v", "\(volume):/data", "busybox", "sh", "-c",
            """
            echo before; while [ ! -e /data/go ]; do sleep 0.05; done
            \(LogTests.manyLines); echo errors >&2; touch /data/written
            while [ ! -e /data/end ]; do sleep 0.05; done; echo after
            """)
        try await daemon.kill()
        try touch("go", in: volume)
        try await eventually("10 MB are written", within: .seconds(60)) {
            FileManager.default.fileExists(atPath: file("written", in: volume))
        }
        try await daemon.start()
        #expect(try await daemon.isRunning(id))
        async let followed = daemon.pouch("logs", "-f", id, within: .seconds(90))
        try touch("end", in: volume)
        #expect(try await daemon.says("wait", id) == "0")

        let expected = "before\n" + LogTests.allLines + "after\n"
        let logs = try await daemon.pouch("logs", id, within: .seconds(90))
        #expect(logs.output == expected, "\(logs.output.count) of \(expected.count)")
        #expect(logs.errors == "errors\n")
        #expect(try await followed.output == expected)
        try await daemon.says("rm", id)
        try await daemon.says("volume", "rm", volume)
    }

    @Test func `an attached run tells that the daemon went away`() async throws {
        let name = daemon.fresh("attached")
        async let running = daemon.pouch(
            "run", "--name", name, "--network", "none", "busybox", "sleep", "300",
            within: .seconds(60))
        try await eventually("the container runs") { try await daemon.isRunning(name) }
        try await daemon.kill()
        let finished = try await running
        #expect(finished.status == 125, "\(finished)")
        #expect(!finished.errors.isEmpty)

        try await daemon.start()
        #expect(try await daemon.isRunning(name))
        try await daemon.says("rm", "-f", name)
    }

    @Test func `what was acknowledged is there after kills at any moment`() async throws {
        var expected: Set<String> = []
        for round in 0..<8 {
            let (made, gone) = try await actUntilKilled(round)
            expected.formUnion(made)
            try await daemon.start()
            let volumes = try await daemon.volumes
            #expect(volumes.isSuperset(of: made.subtracting(gone.attempted)), "lost")
            #expect(volumes.isDisjoint(with: gone.acknowledged), "risen from the dead")
            try await daemon.expectSound(mayHaveSetAside: true)
        }
        #expect(expected.count > 20, "the test must have done something")
        for name in try await daemon.volumes { try await daemon.says("volume", "rm", name) }
        try await daemon.expectSound(mayHaveSetAside: true)
    }

    /// Creates and removes on eight connections until pouchd is dead; says what was acknowledged.
    private func actUntilKilled(
        _ round: Int
    ) async throws -> (made: Set<String>, gone: (attempted: Set<String>, acknowledged: Set<String>))
    {
        let before = daemon.directories.count
        return try await withThrowingTaskGroup(of: [(String, Bool)].self) { group in
            for worker in 0..<8 {
                group.addTask { await act(named: "r\(round)-w\(worker)") }
            }
            group.addTask {
                try await eventually("something is made") {
                    daemon.directories.count > before + 10 + round
                }
                try await daemon.kill()
                return []
            }
            var made: Set<String> = []
            var gone: (attempted: Set<String>, acknowledged: Set<String>) = ([], [])
            for try await done in group {
                for (name, isRemoval) in done {
                    if !isRemoval { made.insert(name) } else { gone.acknowledged.insert(name) }
                }
            }
            // Who was told to go, but may not have: every second one.
            gone.attempted = made.filter { name in
                name.split(separator: "-").last.flatMap { Int($0) }.map { $0 % 2 == 0 } ?? false
            }
            return (made, gone)
        }
    }

    /// Makes volumes, and removes every second one, until there is no answer.
    private func act(named prefix: String) async -> [(String, Bool)] {
        var done: [(String, Bool)] = []
        for number in 0..<10_000 {
            let name = "\(prefix)-\(number)"
            let answer = try? await daemon.ask("POST", "/volumes/create", ["Name": .string(name)])
            guard answer?.status == 201 else { return done }
            done.append((name, false))
            guard number % 2 == 0 else { continue }
            let removal = try? await daemon.ask("DELETE", "/volumes/\(name)")
            guard removal?.status == 204 else { return done }
            done.append((name, true))
        }
        return done
    }
}
