import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// Data that outlives its container: what all of this is for.
@Suite(
    .daemon(with: .busybox, .ubuntu), .inTime, .serialized, .requiresRoot(to: "run containers"))
struct MainJobTests {
    let daemon: TestDaemon

    init() throws { daemon = try .shared }

    @Test func `what one container writes, another reads after the first is removed`()
        async throws
    {
        let name = daemon.fresh("data")
        #expect(try await daemon.says("volume", "create", name) == name)
        let first = try await daemon.says(
            "run", "--network", "none", "--name", "writer", "-v", "\(name):/data", "busybox", "sh",
            "-c", "echo from A > /data/file")
        #expect(first == "")
        try await daemon.says("rm", "writer")

        let second = try await daemon.run("-v", "\(name):/data", "busybox", "cat", "/data/file")
        #expect(second.output == "from A\n", "\(second)")
        try await daemon.says("volume", "rm", name)
    }

    @Test func `two running containers see each other's writes at once`() async throws {
        let name = daemon.fresh("data")
        let reader = try await daemon.runDetached(
            "-v", "\(name):/in", "busybox", "sh", "-c",
            "while [ ! -e /in/ready ]; do sleep 0.05; done; cat /in/file")
        let writer = try await daemon.runDetached(
            "-v", "\(name):/out", "busybox", "sh", "-c",
            "echo shared > /out/file; touch /out/ready; sleep 60")

        #expect(try await daemon.says("wait", reader) == "0")
        #expect(try await daemon.isRunning(writer))
        #expect(try await daemon.says("logs", reader) == "shared")
        try await daemon.says("rm", "-f", reader, writer)
        try await daemon.says("volume", "rm", name)
    }

    @Test func `data outlives restarts of everything`() async throws {
        let name = daemon.fresh("data")
        _ = try await daemon.run("-v", "\(name):/d", "busybox", "sh", "-c", "echo kept > /d/f").said
        #expect(try await daemon.stop() == 0)
        try await daemon.start()
        try await daemon.restart()
        let finished = try await daemon.run("-v", "\(name):/d", "busybox", "cat", "/d/f")
        #expect(finished.output == "kept\n", "\(finished)")
        try await daemon.says("volume", "rm", name)
    }

    // MARK: The original's words

    @Test func `the original's volume create with a given directory works as it stands`()
        async throws
    {
        let directory = daemon.root + "/mysql_data"
        mkdir(directory, 0o755)
        let finished = try await daemon.pouch(
            "volume", "create", "--driver", "local", "--option", "mount=\(directory)", "--name",
            "mysql_data")
        #expect(finished.output == "mysql_data\n", "\(finished)")
        #expect(
            try await daemon.says("volume", "inspect", "-f", "{{.Mountpoint}}", "mysql_data")
                == directory)
        try await daemon.says("volume", "rm", "mysql_data")
    }

    @Test func `the original's volume create in memory works as it stands`() async throws {
        let finished = try await daemon.pouch(
            "volume", "create", "--driver", "tmpfs", "--name", "tmpfs_test")
        #expect(finished.output == "tmpfs_test\n", "\(finished)")
        #expect(
            try await daemon.says("volume", "inspect", "-f", "{{.Driver}}", "tmpfs_test")
                == "tmpfs")
        try await daemon.says("volume", "rm", "tmpfs_test")
    }

    @Test func `the original's run with a read-only host directory works as it stands`()
        async throws
    {
        let directory = daemon.root + "/hostpath/data"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        try Data("host".utf8).write(to: URL(filePath: directory + "/file"))
        let finished = try await daemon.pouch(
            "run", "-d", "-t", "-v", "\(directory):/containerpath/data:ro", "ubuntu", "sh")

        let id = try finished.said
        #expect(id.wholeMatch(of: #/[0-9a-f]{64}/#) != nil, "\(finished)")
        let details = try await daemon.ask("GET", "/containers/\(id)/json").json
        #expect(details["State"]["Running"] == true, "a shell with a terminal goes on")
        #expect(details["Config"]["Tty"] == true)
        let mount = details["Mounts"][0]
        #expect(mount["Type"] == "bind")
        #expect(mount["Source"] == .string(directory))
        #expect(mount["Destination"] == "/containerpath/data")
        #expect(mount["RW"] == false)
        try await daemon.says("rm", "-f", id)
    }

    @Test func `the original's list flags work`() async throws {
        let name = daemon.fresh("listed")
        try await daemon.says("volume", "create", name)
        let plain = try await daemon.says("volume", "list").split(separator: "\n")
        #expect(plain.first?.wholeMatch(of: #/DRIVER +VOLUME NAME */#) != nil, "\(plain)")
        #expect(plain.contains { $0.contains(#/local +/#) && $0.contains(name) })

        let full = try await daemon.says("volume", "ls", "--size", "--mountpoint")
            .split(separator: "\n")
        #expect(
            full.first?.wholeMatch(of: #/DRIVER +VOLUME NAME +SIZE +USED +USE% +MOUNT POINT */#)
                != nil,
            "\(full)")
        #expect(full.contains { $0.contains("\(daemon.home)/volume/\(name)") })
        try await daemon.says("volume", "remove", name)
    }

    // MARK: Docker's words

    @Test func `the words that people know from docker work`() async throws {
        #expect(try await daemon.says("volume", "create", "known") == "known")
        #expect(try await daemon.says("volume", "ls", "-q") == "known")
        #expect(try await daemon.says("volume", "inspect", "known").hasPrefix("["))
        let id = try await daemon.says(
            "run", "-d", "--name", "web", "-v", "known:/data", "-e", "A=b", "-w", "/data",
            "busybox",
            "sh", "-c", "echo $A; pwd; sleep 60")
        #expect(try await daemon.says("ps", "-q") == String(id.prefix(12)))
        try await eventually("the container has written") {
            try await daemon.says("logs", "web") == "b\n/data"
        }
        #expect(try await daemon.says("images").contains("busybox"))
        #expect(try await daemon.says("stop", "-t", "0", "web") == "web")
        #expect(try await daemon.says("rm", "web") == "web")
        #expect(try await daemon.says("volume", "rm", "known") == "known")
        #expect(try await daemon.says("volume", "prune", "-f").contains("0"))
    }
}
