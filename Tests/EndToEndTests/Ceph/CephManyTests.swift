import Foundation
import Linux
import TestSupport
import Testing

/// What two daemons do that were told of one pool, and what many volumes leave behind.
@Suite(
    .requiresCeph, .cephCluster, .ownDaemons, .serialized, .timeLimit(.minutes(5)),
    .requiresRoot(to: "run containers"))
struct CephManyTests {
    /// A daemon whose file says how the cluster is reached.
    private func told(_ body: (TestDaemon) async throws -> Void) async throws {
        let cluster = try #require(TestCeph.current)
        try await withTemporaryDirectory { directory in
            let file = directory + "/config.json"
            let text = """
                {"ceph": {"default": {"conf": "\(cluster.configuration)", "user": "volumes",
                                      "mapper": "qemu", "size": "32m"}}}
                """
            try Data(text.utf8).write(to: URL(filePath: file))
            try await TestDaemon.running(words: ["--config-file", file], body)
        }
    }

    @Test func `a second daemon lists and uses what the first one made`() async throws {
        try await told { one in
            try await one.load(.busybox)
            try await one.says(
                "volume", "create", "--driver", "ceph", "--label", "stage=test", "both")
            _ = try await one.run("-v", "both:/data", "busybox", "sh", "-c", "echo kept > /data/a")
                .said
            try await told { other in
                try await other.load(.busybox)
                #expect(try await other.says("volume", "ls", "-q") == "both")
                let found = try await other.ask("GET", "/volumes/both").json
                #expect(found["Labels"]["stage"] == "test")
                #expect(found["Driver"] == "ceph")
                let seen = try await other.run("-v", "both:/data", "busybox", "cat", "/data/a")
                #expect(try seen.said == "kept")
                // The same request is about the same volume; another one is refused.
                try await other.says("volume", "create", "--driver", "ceph", "both")
                try await other.says("volume", "rm", "both")
                #expect(try await other.says("volume", "ls", "-q") == "both", "it is still there")
                let refused = try await other.pouch(
                    "volume", "create", "--driver", "ceph", "-o", "object-size=1M", "both")
                #expect(refused.errors.contains("another host made it"), "\(refused)")
                #expect(
                    try await one.run("-v", "both:/data", "busybox", "cat", "/data/a").said
                        == "kept")
                try await one.says("volume", "rm", "both")
                try await eventually("it is gone for both", within: .seconds(30)) {
                    try await other.says("volume", "ls", "-q") == ""
                }
            }
        }
    }

    @Test func `a volume goes into an archive and comes out of it`() async throws {
        try await told { daemon in
            try await daemon.load(.busybox)
            for name in ["from", "into"] {
                try await daemon.says("volume", "create", "--driver", "ceph", name)
            }
            _ = try await daemon.run(
                "-v", "from:/data", "busybox", "sh", "-c",
                "mkdir /data/d; echo kept > /data/d/note; ln -s note /data/d/link"
            ).said
            let file = daemon.root + "/archive.tar"
            try await daemon.says("volume", "export", "from", "-o", file)
            try await daemon.says("volume", "import", "into", file)
            let seen = try await daemon.run("-v", "into:/data", "busybox", "cat", "/data/d/link")
            #expect(try seen.said == "kept")
            try await daemon.says("volume", "rm", "from", "into")
            try await expectNothingLeft(of: daemon)
        }
    }

    /// As many as `POUCH_MANY` says.
    @Test func `many volumes at once leave nothing behind`() async throws {
        let many = ProcessInfo.processInfo.environment["POUCH_MANY"].flatMap {
            Int($0.prefix(while: \.isNumber))
        }
        let names = (0..<(many ?? 12)).map { "many-\($0)" }
        try await told { daemon in
            try await daemon.load(.busybox)
            try await atOnce(names) { name in
                try await daemon.says("volume", "create", "--driver", "ceph", name)
            }
            let id = try await daemon.pouch(
                ["run", "-d", "--network", "none"]
                    + names.flatMap { ["-v", "\($0):/data/\($0)"] }
                    + [
                        "busybox", "sh", "-c",
                        "for d in /data/*; do echo $d > $d/name; done; sync; cat /data/*/name;"
                            + " exec sleep 600",
                    ], within: .seconds(300)
            ).said
            try await eventually("all are written", within: .seconds(60)) {
                try await daemon.pouch("logs", id).lines.count == names.count
            }
            let listed = try await daemon.ask("GET", "/volumes?size=1").json["Volumes"].array
            #expect(listed?.count == names.count)
            _ = try await daemon.pouch(["rm", "-f", id], within: .seconds(300)).said
            try await atOnce(names) { name in
                try await daemon.says("volume", "rm", name)
            }
            try await expectNothingLeft(of: daemon)
        }
    }

    private func atOnce(
        _ names: [String], _ body: @escaping @Sendable (String) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup { group in
            for name in names { group.addTask { try await body(name) } }
            try await group.waitForAll()
        }
    }

    /// No process, mount, file, loop device, image, lease or watcher.
    private func expectNothingLeft(of daemon: TestDaemon) async throws {
        let cluster = try #require(TestCeph.current)
        var left: [String] = []
        do {
            try await eventually("nothing is left", within: .seconds(60)) {
                left = ProcessEntry.belonging(to: daemon.root).map(\.description).filter {
                    $0.contains("qemu")
                }
                left += MountEntry.under(daemon.state + "/ceph").map(\.place)
                left += try FileManager.default.contentsOfDirectory(
                    atPath: daemon.state + "/ceph")
                left += try loopDevices(showing: daemon.root)
                left += try cluster.python(
                    "print(*[o.key for o in io.list_objects() if o.key.startswith('pouch.')], "
                        + "*rbd.RBD().list(io))"
                ).split(whereSeparator: \.isWhitespace).map(String.init)
                return left.isEmpty
            }
        } catch {
            Issue.record("left over: \(left)")
        }
        try await daemon.expectSound()
    }

    private func loopDevices(showing root: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "/sys/block").filter { name in
            let file = "/sys/block/\(name)/loop/backing_file"
            return (try? OpenFile.text(at: file))?.hasPrefix(root) ?? false
        }
    }
}
