import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// Networks as docker sees them, on a bridge and a subnet of this suite's own.
@Suite(
    .ownDaemons, .inTime, .serialized, .requiresRoot(to: "make networks"), .requiresDockerCLI,
    .requiresCNI)
struct DockerNetworkTests {
    static let bridge = "ptest\(getpid() % 100_000)"
    /// In a range that no network of a real host has.
    static let subnet = "198.18.\(getpid() % 256).0/24"

    /// Runs `body` with a daemon that has the bridge, and sees that nothing is left of it.
    private func withBridge(
        _ body: (_ daemon: TestDaemon, _ docker: DockerCLI) async throws -> Void
    ) async throws {
        let words = ["--bridge", Self.bridge, "--bridge-subnet", Self.subnet]
        #expect(try await Self.traces() == "")
        try await TestDaemon.running(words: words) { daemon in
            try await daemon.load(.busybox)
            try await body(daemon, DockerCLI(daemon: daemon))
        }
        #expect(try await Self.traces() == "")
    }

    /// What this host has that a bridge of ours could leave: links, rules, chains.
    private static func traces() async throws -> String {
        try await Program.shell(
            """
            { ls /sys/class/net; iptables -w 30 -S; iptables -w 30 -t nat -S; } | grep -e "$1" || true
            """, bridge)
    }

    private func endpoint(_ daemon: TestDaemon, _ id: String) async throws -> JSON {
        try await daemon.ask("GET", "/containers/\(id)/json").json["NetworkSettings"]
    }

    /// What a web server in a container answers at an address, without its head; empty if nobody
    /// is there.
    private func fetch(_ address: String, _ port: UInt16 = 80) async throws -> String {
        let script = """
            exec 3<> "/dev/tcp/$1/$2"; printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3; tail -n 1 <&3
            """
        return try await Program.run(["/bin/bash", "-c", script, "bash", address, "\(port)"]).output
    }

    private let server = [
        "busybox", "sh", "-c", "echo served > /tmp/index.html; exec httpd -f -p 80 -h /tmp",
    ]

    @Test func `a published port leads into the container, whose network goes with it`()
        async throws
    {
        try await withBridge { daemon, docker in
            let port = try Registry.freePort()
            let id = try await docker.run(
                ["run", "-d", "--name", "web", "-p", "\(port):80"] + server
            )
            .said
            let settings = try await endpoint(daemon, id)
            let address = settings["IPAddress"].string ?? ""
            #expect(address.hasPrefix("198.18."), "\(settings)")
            #expect(settings["Networks"]["bridge"]["IPAddress"].string == address)
            #expect(settings["Gateway"].string?.hasSuffix(".1") == true)
            try await eventually("the server answers", within: .seconds(30)) {
                try await fetch("127.0.0.1", port) == "served\n"
            }
            #expect(try await fetch(address) == "served\n")
            #expect(try await docker.says("port", "web", "80") == "0.0.0.0:\(port)")
            #expect(try await daemon.says("port", "web") == "80/tcp -> 0.0.0.0:\(port)")
            let row = try await docker.says("ps", "--format", "{{.Ports}}")
            #expect(row == "0.0.0.0:\(port)->80/tcp")
            for (filter, found) in [
                ("publish=80", id), ("publish=70-90/tcp", id), ("expose=80", id),
                ("publish=80/udp", ""), ("expose=81", ""), ("status=running", id),
            ] {
                let listed = try await docker.says("ps", "-q", "--no-trunc", "--filter", filter)
                #expect(listed == found, "\(filter)")
            }
            for filter in ["publish=x", "expose=90-80", "status=odd"] {
                let refused = try await docker("ps", "--filter", filter)
                #expect(refused.status == 1 && refused.errors.contains(filter), "\(refused)")
            }

            // Others on the bridge reach it, and it reaches them, by address.
            let other = try await docker(
                "run", "--rm", "busybox", "sh", "-c",
                "printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc \(address) 80 | tail -n 1")
            #expect(other.output == "served\n", "\(other)")

            try await docker.says("stop", "-t", "0", "web")
            #expect(try await endpoint(daemon, id)["IPAddress"] == "")
            #expect(!FileManager.default.fileExists(atPath: "/sys/class/net/\(Self.bridge)"))
            try await docker.says("start", "web")
            try await eventually("the server answers again", within: .seconds(30)) {
                try await fetch("127.0.0.1", port) == "served\n"
            }
        }
    }

    @Test func `a port that is taken is refused, and nothing is left of the start`() async throws {
        try await withBridge { daemon, docker in
            let port = try Registry.freePort()
            try await docker.says(
                "run", "-d", "--name", "first", "-p", "127.0.0.1:\(port):80", "busybox", "sleep",
                "600")
            let second = try await docker("run", "-p", "\(port):80", "busybox", "true")
            #expect(second.status == 125, "\(second)")
            #expect(
                second.errors.contains("port is already allocated")
                    || second.errors.contains("\(port)/tcp is already allocated"), "\(second)")
            // A port that docker does not name is one that nobody has.
            try await docker.says(
                "run", "-d", "--name", "third", "-p", "80", "-p", "53/udp", "busybox", "sleep",
                "600")
            let chosen = try await docker.says("port", "third").split(separator: "\n")
            #expect(chosen.count == 2 && !chosen.contains { $0.hasSuffix(":0") }, "\(chosen)")
            let network = try JSON(try await docker.says("network", "inspect", "bridge"))[0]
            #expect(network["Containers"].object?.count == 2, "\(network)")
            #expect(network["IPAM"]["Config"][0]["Subnet"].string == Self.subnet)
        }
    }

    @Test func `a container is found by its host name and finds others as it was told`()
        async throws
    {
        try await withBridge { daemon, docker in
            let shown = try await docker(
                "run", "--rm", "--hostname", "db.example", "--dns", "192.0.2.53", "--dns-search",
                "example", "--dns-option", "ndots:2", "--add-host", "other:192.0.2.7", "--add-host",
                "gate:host-gateway", "busybox", "cat", "/etc/hosts", "/etc/hostname",
                "/etc/resolv.conf")
            let gateway = Self.subnet.replacing(".0/24", with: ".1")
            for line in [
                "192.0.2.7\tother", "\(gateway)\tgate", "db.example", "nameserver 192.0.2.53",
                "search example", "options ndots:2",
            ] {
                #expect(shown.lines.contains(line), "\(line): \(shown)")
            }
            #expect(
                shown.lines.contains { $0.hasPrefix("198.18.") && $0.hasSuffix("\tdb.example") })
            #expect(shown.lines.count { $0.hasPrefix("nameserver") } == 1)
            for words in [
                ["--dns", "nonesuch"], ["--network-alias", "x", "--network", "bridge"],
                ["--ip", "198.18.0.9", "--network", "bridge"], ["--network", "nonesuch"],
                ["-p", "[::1]:80:80"], ["--network", "none", "-p", "80"],
            ] {
                let refused = try await docker.run(["create"] + words + ["busybox"])
                #expect(refused.status != 0, "\(refused)")
            }
            #expect(try await docker.says("ps", "-aq") == "")
        }
    }

    @Test func `networks are listed and shown, and are neither made nor removed`() async throws {
        try await withBridge { daemon, docker in
            let names = try await docker.says("network", "ls", "--format", "{{.Name}} {{.Driver}}")
            #expect(names == "bridge bridge\nhost host\nnone null")
            #expect(try await daemon.says("network", "ls", "-q", "-f", "driver=host").count == 12)
            let made = try await docker("network", "create", "mine")
            #expect(made.status == 1 && made.errors.contains("bridge, host and none"), "\(made)")
            #expect(try await daemon.ask("POST", "/networks/create", ["Name": "x"]).status == 501)
            let removed = try await docker("network", "rm", "bridge")
            #expect(removed.errors.contains("pre-defined network"), "\(removed)")
            #expect(try await docker("network", "inspect", "nonesuch").status == 1)
            #expect(try await daemon.pouch("network", "inspect", "host").status == 0)
            #expect(try await docker("network", "prune", "-f").status == 0)
            let mode = try await docker.says("create", "busybox")
            let inspected = try await daemon.ask("GET", "/containers/\(mode)/json").json
            #expect(inspected["HostConfig"]["NetworkMode"] == "bridge")
        }
    }

    @Test func `what a crash leaves of a network goes at the next start, and what runs stays`()
        async throws
    {
        try await withBridge { daemon, docker in
            let port = try Registry.freePort()
            let id = try await docker.run(
                ["run", "-d", "--name", "web", "-p", "\(port):80"] + server
            )
            .said
            let before = try await endpoint(daemon, id)
            try await daemon.kill()
            try await daemon.start(settings: ["POUCHD_DIE_AT": "container.start.networked"])
            #expect(try await endpoint(daemon, id) == before)
            #expect(try await fetch("127.0.0.1", port) == "served\n")

            try await docker.says("create", "--name", "cut", "-p", "80", "busybox", "sleep", "600")
            _ = try await docker("start", "cut")
            try await daemon.ended()
            let spaces = { MountEntry.under(daemon.state + "/networks").count }
            #expect(spaces() == 2)
            try await daemon.start()
            #expect(spaces() == 1)
            #expect(try await fetch("127.0.0.1", port) == "served\n")
            let leases = try FileManager.default.contentsOfDirectory(
                atPath: "\(daemon.state)/networks/addresses/pouch-\(Self.bridge)")
            #expect(leases.count { $0.hasPrefix("198.") } == 1, "\(leases)")
            try await docker.says("rm", "-f", "web")
            #expect(spaces() == 0)
            #expect(!FileManager.default.fileExists(atPath: "/sys/class/net/\(Self.bridge)"))
        }
    }

    @Test func `an interface that is not pouchd's is never taken`() async throws {
        try await withBridge { daemon, docker in
            try await Program.shell("ip link add \"$1\" type bridge", Self.bridge)
            let ran = try await docker("run", "--rm", "busybox", "true")
            try await Program.shell("ip link show \"$1\" && ip link del \"$1\"", Self.bridge)
            #expect(ran.status == 125, "\(ran)")
            #expect(
                ran.errors.contains("not pouchd's") && ran.errors.contains("--bridge"), "\(ran)")
        }
    }
}

/// What is said where there is no bridge.
@Suite(
    .daemon(with: .busybox), .inTime, .requiresRoot(to: "run containers"), .requiresDockerCLI)
struct DockerHostNetworkTests {
    let daemon: TestDaemon
    let docker: DockerCLI

    init() throws {
        daemon = try .shared
        docker = DockerCLI(daemon: daemon)
    }

    @Test func `without a bridge the default is the host's network`() async throws {
        let id = try await docker.says("create", "busybox")
        let inspected = try await daemon.ask("GET", "/containers/\(id)/json").json
        #expect(inspected["HostConfig"]["NetworkMode"] == "host")
        #expect(inspected["NetworkSettings"]["Networks"].has("host"))
        try await docker.says("rm", id)
        let names = try await docker.says("network", "ls", "--format", "{{.Name}}")
        #expect(names == "host\nnone")
    }

    @Test(arguments: [["--network", "bridge"], ["-p", "80"], ["-P", "--network", "host"]])
    func `what needs a bridge is refused with the way to one`(words: [String]) async throws {
        let refused = try await docker.run(["run", "--rm"] + words + ["busybox", "true"])
        #expect(refused.status == 125, "\(refused)")
        #expect(refused.errors.contains("--bridge none"), "\(refused)")
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips where there are no CNI plugins, saying so.
    static var requiresCNI: Self {
        .enabled(
            if: ["/usr/lib/cni/bridge", "/usr/sbin/iptables"].allSatisfy {
                FileManager.default.isExecutableFile(atPath: $0)
            }, "needs Debian's containernetworking-plugins and iptables")
    }
}
