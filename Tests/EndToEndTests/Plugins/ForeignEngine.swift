import FoundationEssentials
import Glibc
import Linux
import Synchronization
import TestSupport
import Testing

/// A mount namespace whose /run is the test's own: where dockerd looks for plugins can't be chosen.
///
/// Its mounts are gone when the last process in it is.
final class HostNamespace: Sendable {
    private let holder: Daemon

    init(of daemon: TestDaemon) async throws {
        let run = daemon.root + "/run"
        try FileManager.default.createDirectory(
            atPath: run + "/docker/plugins", withIntermediateDirectories: true)
        holder = try Daemon(
            [
                "/usr/bin/unshare", "--mount", "--propagation", "private", "/bin/sh", "-euc",
                """
                mount --make-rshared /
                mount --bind "$1" /run
                touch "$1/ready"
                exec sleep 100000
                """, "sh", run,
            ], log: daemon.root + "/holder.log")
        try await eventually("the namespace is made", within: .seconds(30)) {
            FileManager.default.fileExists(atPath: run + "/ready")
        }
    }

    /// What starts a program in it.
    var entry: [String] { ["/usr/bin/nsenter", "--mount", "--target", "\(holder.id)"] }

    func end() async throws {
        holder.signal(SIGKILL)
        try await holder.end()
    }
}

/// A real dockerd that gets volumes from a pouchd, in a namespace that receives the host's mounts,
/// as systemd may start it.
final class Dockerd: Sendable {
    private let root: String
    private let namespace: HostNamespace
    private let process = Mutex<Daemon?>(nil)

    init(of daemon: TestDaemon, in namespace: HostNamespace) throws {
        root = daemon.root + "/dk"
        self.namespace = namespace
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        try Data("{}".utf8).write(to: URL(filePath: root + "/daemon.json"))
    }

    func start() async throws {
        // It takes a process that nobody has reaped yet for one that runs.
        for file in ["/pid", "/x/containerd/containerd.pid"] { unlink(root + file) }
        let started = try Daemon(
            namespace.entry + [
                "/usr/bin/unshare", "--mount", "--propagation", "slave", "/usr/sbin/dockerd",
                "--config-file", root + "/daemon.json", "--data-root", root + "/data",
                "--exec-root", root + "/x", "--pidfile", root + "/pid", "--host",
                "unix://\(root)/d.sock", "--live-restore", "--iptables=false",
                "--ip6tables=false", "--ip-forward=false", "--ip-masq=false", "--bridge=none",
                "--userland-proxy=false",
            ], log: root + "/log")
        process.withLock { $0 = started }
        try await eventually("dockerd answers", within: .seconds(60)) {
            guard started.status == nil else { throw TestFailure("dockerd ended:\n\(log)") }
            return try await docker("version").status == 0
        }
    }

    /// Where it listens.
    var address: String { "unix://\(root)/d.sock" }

    var log: String {
        String(((try? OpenFile.text(at: root + "/log")) ?? "").suffix(4000))
    }

    func kill() async throws {
        process.withLock { $0 }?.signal(SIGKILL)
        try await process.withLock { $0 }?.end()
        // The containerd that it started dies with it; what the containers need lives on.
        for process in ProcessEntry.belonging(to: root)
        where process.words.first?.hasSuffix("containerd") == true {
            Glibc.kill(process.id, SIGKILL)
            try await eventually("containerd ends", within: .seconds(30)) {
                !ProcessEntry.isAlive(process.id)
            }
        }
    }

    func stop() async throws {
        process.withLock { $0 }?.signal(SIGTERM)
        try await process.withLock { $0 }?.end(within: .seconds(60))
    }

    func docker(_ words: String...) async throws -> Finished { try await docker(words) }

    func docker(_ words: [String]) async throws -> Finished {
        try await Program.run(
            ["/usr/bin/docker"] + words, settings: ["DOCKER_HOST": "unix://\(root)/d.sock"],
            within: .seconds(90))
    }

    @discardableResult
    func says(_ words: String...) async throws -> String { try await docker(words).said }

    func runDetached(_ words: String...) async throws -> String {
        try await docker(["run", "-d", "--network", "none"] + words).said
    }

    /// Ends it and all that it started, whatever state that is in.
    func end() async {
        _ = try? await Program.shell(
            #"ids=$(/usr/bin/docker ps -aq); [ -z "$ids" ] || /usr/bin/docker rm -f $ids"#,
            settings: ["DOCKER_HOST": "unix://\(root)/d.sock"])
        try? await stop()
        for _ in 0..<200 {
            let left = ProcessEntry.belonging(to: root)
            guard !left.isEmpty else { return }
            for process in left { Glibc.kill(process.id, SIGKILL) }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }
}

/// A pouchd that is a plugin, and a dockerd that uses it.
struct PluginHost: Sendable {
    let pouchd: TestDaemon
    let dockerd: Dockerd
    let namespace: HostNamespace

    var pluginSocket: String { pouchd.root + "/run/docker/plugins/pouch.sock" }

    /// Both run when `body` does, and dockerd has busybox.
    static func running(_ body: (PluginHost) async throws -> Void) async throws {
        try await TestDaemon.prepared(socketPlugin: true) { pouchd in
            let namespace = try await HostNamespace(of: pouchd)
            let host = PluginHost(
                pouchd: pouchd, dockerd: try Dockerd(of: pouchd, in: namespace),
                namespace: namespace)
            do {
                try await host.startPouchd()
                try await host.dockerd.start()
                let archive = try await TestImage.busybox.archive(in: pouchd.root)
                try await host.dockerd.says("load", "-q", "-i", archive)
                try await body(host)
                await host.dockerd.end()
                try await namespace.end()
            } catch {
                await host.dockerd.end()
                try await namespace.end()
                throw error
            }
        }
    }

    func startPouchd() async throws { try await pouchd.start(under: namespace.entry) }

    /// The IDs under which others have a volume mounted, as the refusal to remove it names them.
    func mounts(of volume: String) async throws -> [String] {
        let answer = try await pouchd.ask("DELETE", "/volumes/\(volume)?force=1")
        guard answer.status == 409 else { return [] }
        return answer.message.matches(of: /mount ([0-9a-f]{64}) of/).map { String($0.1) }
    }
}
