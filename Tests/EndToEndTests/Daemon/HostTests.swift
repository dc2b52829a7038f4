import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// What a whole day's work leaves on the host: nothing.
@Suite(.ownDaemons, .inTime, .serialized, .requiresRoot(to: "run containers"))
struct HostTests {
    /// What could be seen of pouchd outside of its own directories.
    private struct Host: Equatable {
        var mounts: Set<String>
        var loopDevices: Set<String>
        var places: Set<String>
        var interfaces: Set<String>
        var settings: [String: [String]]
        var groups: Set<String>

        init(besides root: String) {
            mounts = Set(
                MountEntry.all().map(\.place).filter { !$0.contains("/pouch.") })
            loopDevices = Set(
                Self.entries("/sys/block").filter { $0.hasPrefix("loop") }.flatMap {
                    lines(of: "/sys/block/\($0)/loop/backing_file")
                }.filter { $0.contains(root) })
            places = Set(
                [
                    "/var/lib/pouch", "/run/pouch", "/run/pouchd.sock", "/etc/pouch", "/mnt/tmpfs",
                    "/opt/containerd", "/var/lib/containerd", "/etc/cni", "/var/run/docker",
                ]
                .filter { FileManager.default.fileExists(atPath: $0) })
            interfaces = Set(Self.entries("/sys/class/net"))
            settings = Dictionary(
                uniqueKeysWithValues: [
                    "/proc/sys/net/ipv4/ip_forward", "/proc/sys/fs/mqueue/msg_max",
                ]
                .map { ($0, lines(of: $0)) })
            groups = []
        }

        static func entries(_ path: String) -> [String] {
            (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        }
    }

    /// Every cgroup there is, however deep.
    private func cgroups(of containers: [String]) async throws -> [String] {
        let all = try await Program.shell(
            "find /sys/fs/cgroup -type d 2> /dev/null || true", "")
        return all.split(separator: "\n").map(String.init).filter { path in
            containers.contains { path.contains($0) }
        }
    }

    @Test func `nothing is left of containers, volumes and mounts, nor of pouchd`() async throws {
        var root = ""
        var containers: [String] = []
        let before = Host(besides: "/nonesuch")
        try await TestDaemon.running { daemon in
            root = daemon.root
            try await daemon.load(.busybox, .volume)
            containers = try await work(with: daemon)
            #expect(Host(besides: "/nonesuch").mounts == before.mounts)

            #expect(try await daemon.says("ps", "-aq") == "")
            #expect(try await daemon.volumes == [])
            #expect(MountEntry.under(daemon.state).isEmpty)
            try await daemon.expectSound()
        }
        // The daemon's own end is looked at by whoever ends it: see TestDaemon.
        let after = Host(besides: root)
        #expect(after == before)
        #expect(ProcessEntry.belonging(to: root).isEmpty)
        #expect(try await cgroups(of: containers) == [])
        #expect(MountEntry.under(root).isEmpty)
        #expect(!FileManager.default.fileExists(atPath: root))
        let sockets = try await Program.shell(
            #"grep -F "$1" /proc/net/unix || true"#, root)
        #expect(sockets == "")
    }

    /// A bit of everything; returns the containers that it took.
    private func work(with daemon: TestDaemon) async throws -> [String] {
        try await daemon.says("volume", "create", "data")
        try await daemon.says("volume", "create", "-d", "tmpfs", "memory")
        let directory = daemon.root + "/given"
        mkdir(directory, 0o755)
        try await daemon.says("volume", "create", "-o", "mount=\(directory)", "given")
        let id = try await daemon.runDetached(
            "-v", "data:/data", "-v", "memory:/memory", "-v", "given:/given", "-v", "/anonymous",
            "-v", "\(directory):/again:ro,rslave", "volume", "sh", "-c", "echo working; sleep 300")
        let other = try await daemon.says(
            "create", "--network", "host", "-v", "data:/data", "busybox", "false")
        try await daemon.says("start", other)
        #expect(try await daemon.says("wait", other) == "1")
        try await daemon.restart()
        try await daemon.says("rm", "-f", "-v", id, other)
        try await daemon.says("volume", "rm", "data", "memory", "given")
        return [id, other]
    }

    @Test func `a killed pouchd that starts again finds everything, and leaves nothing either`()
        async throws
    {
        var root = ""
        try await TestDaemon.running { daemon in
            root = daemon.root
            try await daemon.load(.busybox)
            let id = try await daemon.runDetached(
                "-v", "data:/data", "busybox", "sleep", "300")
            try await daemon.kill()
            // Its containerd is killed as well.
            let pid = lines(of: daemon.state + "/containerd/containerd.pid").first.flatMap {
                Int32($0)
            }
            Glibc.kill(try #require(pid), SIGKILL)
            try await daemon.start()
            #expect(try await daemon.isRunning(id))
            try await daemon.says("rm", "-f", id)
            try await daemon.says("volume", "rm", "data")
            try await daemon.expectSound()
        }
        #expect(ProcessEntry.belonging(to: root).isEmpty)
    }
}
