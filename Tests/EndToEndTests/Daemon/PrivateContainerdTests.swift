import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// pouchd's own containerd, and somebody else's.
@Suite(.ownDaemons, .inTime, .serialized, .requiresRoot(to: "run containers"))
struct PrivateContainerdTests {
    private func pid(of daemon: TestDaemon) -> Int32? {
        lines(of: daemon.state + "/containerd/containerd.pid").first.flatMap { Int32($0) }
    }

    @Test func `containerd is started when it is first needed, and not before`() async throws {
        try await TestDaemon.running { daemon in
            try await daemon.says("volume", "create", "data")
            try await daemon.says("volume", "ls")
            _ = try await daemon.ask("GET", "/info")
            #expect(pid(of: daemon) == nil)
            #expect(ProcessEntry.belonging(to: daemon.root).count == 1)

            try await daemon.says("images")
            let id = try #require(pid(of: daemon))
            #expect(ProcessEntry(id)?.words.first?.contains("containerd") == true)
        }
    }

    @Test func `containerd ends with pouchd when nothing runs`() async throws {
        try await TestDaemon.running { daemon in
            try await daemon.says("images")
            let id = try #require(pid(of: daemon))
            #expect(try await daemon.stop() == 0)
            #expect(!ProcessEntry.isAlive(id))
            #expect(ProcessEntry.belonging(to: daemon.root).isEmpty)
        }
    }

    @Test func `after a clean end containers go on, and are taken up again`() async throws {
        try await TestDaemon.running { daemon in
            try await daemon.load(.busybox)
            let id = try await daemon.runDetached(
                "-v", "data:/data", "busybox", "sh", "-c",
                "while [ ! -e /data/go ]; do sleep 0.05; done; echo went on; exit 6")
            let process = try #require(
                try await daemon.ask("GET", "/containers/\(id)/json").json["State"]["Pid"].int)
            #expect(try await daemon.stop() == 0)
            #expect(ProcessEntry.isAlive(Int32(process)))

            try await daemon.start()
            #expect(try await daemon.isRunning(id))
            #expect(try await daemon.pouch("volume", "rm", "data").status == 1)
            try Data().write(to: URL(filePath: daemon.home + "/volume/data/go"))
            #expect(try await daemon.says("wait", id) == "6")
            #expect(try await daemon.says("logs", id) == "went on")
            try await daemon.says("rm", id)
        }
    }

    @Test func `a containerd that dies is started again, and containers are still known`()
        async throws
    {
        try await TestDaemon.running { daemon in
            try await daemon.load(.busybox)
            let id = try await daemon.runDetached("busybox", "sleep", "300")
            let old = try #require(pid(of: daemon))
            Glibc.kill(old, SIGKILL)
            try await eventually("containerd is dead") { !ProcessEntry.isAlive(old) }

            try await eventually("containers can be run again", within: .seconds(60)) {
                try await daemon.run("busybox", "true").status == 0
            }
            #expect(try await daemon.isRunning(id))
            try await daemon.says("kill", id)
            #expect(try await daemon.says("wait", id) == "137")
            try await daemon.says("rm", id)
        }
    }

    @Test func `somebody else's containerd is used, and left running`() async throws {
        try await TestDaemon.prepared { daemon in
            let place = daemon.root + "/other"
            let socket = place + "/c.sock"
            try FileManager.default.createDirectory(
                atPath: place, withIntermediateDirectories: true)
            try Data(
                """
                version = 2
                root = "\(place)/root"
                state = "\(place)/state"
                disabled_plugins = ["io.containerd.grpc.v1.cri"]
                [grpc]
                address = "\(socket)"
                [ttrpc]
                address = "\(socket).ttrpc"
                [plugins."io.containerd.internal.v1.opt"]
                path = "\(place)/opt"
                """.utf8
            ).write(to: URL(filePath: place + "/config.toml"))
            let other = try Daemon(
                ["/usr/bin/containerd", "-c", place + "/config.toml"], log: place + "/log")
            defer { other.signal(SIGKILL) }
            try await eventually("containerd listens") {
                (try? Connection(to: socket)) != nil
            }
            let pouchd = try Daemon(
                daemon.arguments + ["--containerd", socket], log: daemon.logPath)
            try await eventually("pouchd answers") {
                (try? await daemon.ask("GET", "/_ping").status) == 200
            }
            try await daemon.load(.busybox)
            let finished = try await daemon.run("-v", "data:/d", "busybox", "echo", "there")
            #expect(finished.output == "there\n", "\(finished)")
            #expect(pid(of: daemon) == nil)

            pouchd.signal(SIGTERM)
            #expect(try await pouchd.end() == 0)
            #expect(other.status == nil)
            other.signal(SIGTERM)
            try await other.end()
        }
    }

    @Test func `a containerd that isn't there is named`() async throws {
        try await TestDaemon.running(words: ["--containerd", "/nonesuch/c.sock"]) { daemon in
            try await daemon.says("volume", "create", "data")
            let answer = try await daemon.ask("GET", "/images/json")
            #expect(answer.status == 503, "\(answer)")
            #expect(answer.message.contains("/nonesuch/c.sock"), "\(answer)")
        }
    }
}
