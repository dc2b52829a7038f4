import Glibc
import TestSupport
import Testing

/// What maps an image ends while containers write to it. The others that may map one are seen to in
/// the guest.
@Suite(
    .requiresCeph, .cephCluster, .ownDaemons, .timeLimit(.minutes(5)),
    .requiresRoot(to: "run containers"))
struct CephMapperTests {
    /// Each file is on disk before its number is said.
    private let writing = """
        i=0; while i=$((i+1)); do
        echo $i | dd of=/data/$i conv=fsync 2> /dev/null || { echo failed; exec sleep 1000; }
        echo $i; done
        """

    private func servers(of daemon: TestDaemon) -> [Int32] {
        ProcessEntry.belonging(to: daemon.root).filter {
            $0.words.first?.hasSuffix("qemu-storage-daemon") == true
        }.map(\.id)
    }

    @Test func `a server that is killed under load costs nothing that was synced`() async throws {
        let cluster = try #require(TestCeph.current)
        try await TestDaemon.running { daemon in
            try await daemon.load(.busybox)
            try await daemon.says(
                "volume", "create", "--driver", "ceph", "-o", "conf=\(cluster.configuration)",
                "-o", "user=volumes", "-o", "size=64m", "-o", "mapper=qemu", "db")
            let id = try await daemon.runDetached("-v", "db:/data", "busybox", "sh", "-c", writing)
            try await eventually("it writes", within: .seconds(60)) {
                try await daemon.pouch("logs", id).lines.count > 20
            }
            let status = try await daemon.ask("GET", "/volumes/db").json["Status"]
            #expect(status["Mapper"] == "qemu")
            #expect(status["MapperReason"] == "mapper=qemu was asked for")
            #expect(!status.has("Trouble"))

            let killed = servers(of: daemon)
            #expect(killed.count == 1)
            for server in killed { kill(server, SIGKILL) }
            try await eventually("its writes fail", within: .seconds(60)) {
                try await daemon.pouch("logs", id).lines.last == "failed"
            }
            let written = try await daemon.pouch("logs", id).lines.count - 1
            let trouble = try await daemon.ask("GET", "/volumes/db").json["Status"]["Trouble"]
            #expect(trouble.string?.contains("what mapped the image here ended") == true)
            try await daemon.says("rm", "-f", id)
            #expect(MountEntry.under(daemon.root).allSatisfy { !$0.place.contains("/ceph/") })

            let check = """
                for i in $(seq \(written)); do [ "$(cat /data/$i)" = $i ] || echo lost $i; done
                """
            let seen = try await daemon.run("-v", "db:/data", "busybox", "sh", "-c", check)
            #expect(try seen.said == "")
            #expect(servers(of: daemon) == [], "and nothing maps it any more")
        }
    }
}
