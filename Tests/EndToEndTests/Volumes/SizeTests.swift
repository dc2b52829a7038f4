import FoundationEssentials
import TestSupport
import Testing

/// Sizes that hold, for real containers, where the filesystem under the home has no quota.
@Suite(.daemon(with: .busybox), .inTime, .serialized, .requiresRoot(to: "run containers"))
struct SizeTests {
    let daemon: TestDaemon

    init() throws { daemon = try .shared }

    private func usage(of volume: String) async throws -> JSON {
        try await daemon.ask("GET", "/volumes/\(volume)/usage").json
    }

    private func options(of volume: String) async throws -> JSON {
        try await daemon.ask("GET", "/volumes/\(volume)").json["Options"]
    }

    private func status(of volume: String) async throws -> JSON {
        try await daemon.ask("GET", "/volumes/\(volume)").json["Status"]
    }

    @Test func `a container meets the limit, sees it in df, and never lost+found`() async throws {
        let name = daemon.fresh()
        try await daemon.says("volume", "create", "-o", "size=24m", name)
        let finished = try await daemon.run(
            "-v", "\(name):/data", "busybox", "sh", "-c",
            "ls -A /data; df -m /data | tail -n 1; dd if=/dev/zero of=/data/file bs=64k")
        #expect(finished.status == 1, "\(finished)")
        #expect(finished.errors.contains("No space left"), "\(finished)")
        #expect(!finished.output.contains("lost+found"))
        let fields = finished.output.split(separator: " ").compactMap { Int($0) }
        #expect((18...24).contains(try #require(fields.first)), "\(finished.output)")
        #expect(try await daemon.loops == [])
        #expect(try await usage(of: name)["Limit"].int == 24 << 20)
        try await daemon.says("volume", "rm", name)
        try await daemon.expectSound()
    }

    @Test func `an image volume is filled from the container's image`() async throws {
        let name = daemon.fresh()
        try await daemon.says("volume", "create", "-o", "size=24m", name)
        let finished = try await daemon.run(
            "-v", "\(name):/bin", "busybox", "sh", "-c",
            "ls /bin | head -n 3; echo kept > /bin/kept")
        #expect(finished.status == 0 && finished.output.contains("["), "\(finished)")
        let again = try await daemon.run("-v", "\(name):/data", "busybox", "cat", "/data/kept")
        #expect(again.output == "kept\n", "\(again)")
        #expect(try await daemon.loops == [])
        try await daemon.says("volume", "rm", name)
    }

    @Test func `an image that is too small for what it would be filled with stays empty`()
        async throws
    {
        let name = daemon.fresh()
        try await daemon.says("volume", "create", "-o", "size=24m", "-o", "inodes=16", name)
        let made = try await daemon.pouch(
            "create", "--network", "none", "-v", "\(name):/bin", "busybox", "true")
        // mkfs rounds up; either all of it fits, or nothing of it is left.
        if made.status != 0 {
            let seen = try await daemon.run("-v", "\(name):/data", "busybox", "ls", "-A", "/data")
            #expect(seen.output.isEmpty, "\(seen)")
        } else {
            try await daemon.says("rm", made.said)
        }
        try await daemon.says("volume", "rm", name)
    }

    @Test(arguments: ["xfs", "btrfs"])
    func `it grows while a container writes, and no write is lost`(filesystem: String)
        async throws
    {
        let name = daemon.fresh()
        try await daemon.says("volume", "create", "-o", "size=320m", "-o", "fs=\(filesystem)", name)
        async let written = daemon.run(
            "-v", "\(name):/data", "-v", "/usr:/usr:ro", "-v", "/lib:/lib:ro",
            "-v", "/lib64:/lib64:ro", "busybox", "/usr/bin/fio", "--name=job", "--directory=/data",
            "--rw=randwrite", "--bs=64k", "--size=64m", "--ioengine=psync", "--end_fsync=1",
            "--verify=crc32c", "--rate=16m", within: .seconds(110))
        try await eventually("the container writes", within: .seconds(60)) {
            (try await usage(of: name)["Size"].int ?? 0) > 8 << 20
        }
        try await daemon.says("volume", "update", name, "--size", "+80m")
        let finished = try await written
        #expect(finished.status == 0, "\(finished)")
        #expect(!finished.output.contains("verify:"), "\(finished)")
        #expect(try await options(of: name)["size"] == "400M")
        #expect(try await usage(of: name)["Limit"].int == 400 << 20)
        try await daemon.says("volume", "rm", name)
        #expect(try await daemon.loops == [])
    }

    @Test func `an ext4 image grows while nobody uses it, and says so otherwise`() async throws {
        let name = daemon.fresh()
        try await daemon.says("volume", "create", "-o", "size=24m", name)
        let id = try await daemon.runDetached(
            "-v", "\(name):/data", "busybox", "sh", "-c", "echo kept > /data/kept; sleep 1000")
        let grown = try await daemon.pouch("volume", "update", name, "--size", "48m")
        if grown.status != 0 {
            #expect(grown.errors.contains("stop the containers"), "\(grown)")
            try await daemon.says("rm", "-f", id)
            try await daemon.says("volume", "update", name, "--size", "48m")
        } else {
            try await daemon.says("rm", "-f", id)
        }
        let finished = try await daemon.run(
            "-v", "\(name):/data", "busybox", "sh", "-c",
            "cat /data/kept; dd if=/dev/zero of=/data/file bs=1M count=36 2>/dev/null; echo $?")
        #expect(finished.output == "kept\n0\n", "\(finished)")
        try await daemon.says("volume", "rm", name)
    }

    @Test func `what fio wrote before an ext4 image grew is as it was afterwards`() async throws {
        let name = daemon.fresh()
        try await daemon.says("volume", "create", "-o", "size=32m", name)
        let job = [
            "-v", "\(name):/data", "-v", "/usr:/usr:ro", "-v", "/lib:/lib:ro",
            "-v", "/lib64:/lib64:ro", "busybox", "/usr/bin/fio", "--directory=/data",
            "--rw=randwrite", "--bs=64k", "--ioengine=psync", "--end_fsync=1", "--verify=crc32c",
        ]
        let run = ["run", "--rm", "--network", "none"] + job
        _ = try await daemon.pouch(run + ["--name=old", "--size=16m", "--do_verify=0"]).said
        try await daemon.says("volume", "update", name, "--size", "+48m")
        let again = ["--name=old", "--size=16m", "--verify_only=1"]
        let verified = try await daemon.pouch(run + again)
        #expect(verified.status == 0 && !verified.output.contains("verify:"), "\(verified)")
        let more = try await daemon.pouch(run + ["--name=new", "--size=40m"])
        #expect(more.status == 0 && !more.output.contains("verify:"), "\(more)")
        try await daemon.says("volume", "rm", name)
        #expect(try await daemon.loops == [])
    }

    @Test(arguments: [("xfs", 320), ("btrfs", 128), ("ext4", 32)])
    func `df shows an image's own size and room`(filesystem: String, size: Int) async throws {
        let name = daemon.fresh()
        try await daemon.says(
            "volume", "create", "-o", "size=\(size)m", "-o", "fs=\(filesystem)", name)
        let finished = try await daemon.run(
            "-v", "\(name):/data", "busybox", "sh", "-c", "df -k /data | tail -n 1")
        let fields = finished.output.split(separator: " ").compactMap { Int($0) }
        let total = try #require(fields.first) >> 10
        let room = try #require(fields.dropFirst(2).first) >> 10
        // What the filesystem needs for itself is less than the half.
        #expect(total <= size && total > size / 2, "\(finished.output)")
        #expect(room <= total && room > size / 3, "\(finished.output)")
        try await daemon.says("volume", "rm", name)
    }

    @Test(arguments: ["8m", "/=8m", ".*=8m", "/&/data=8m", "/data=8m"])
    func `a container's disk quota that the disk can't hold is refused, and leaves nothing`(
        quota: String
    ) async throws {
        let name = daemon.fresh()
        let refused = try await daemon.pouch(
            "create", "--network", "none", "--disk-quota", quota, "-v", "\(name):/data", "busybox",
            "true")
        #expect(refused.status == 1 || refused.status == 125, "\(refused)")
        #expect(refused.errors.contains("hold limits"), "\(refused)")
        #expect(try await daemon.says("ps", "-aq", "--filter", "volume=\(name)") == "")
        // What `-v` would make is not made either.
        #expect(try await daemon.ask("GET", "/volumes/\(name)").status == 404)
        try await daemon.expectSound()
    }

    @Test func `a hundred images at once, and all their devices freed`() async throws {
        let names = (0..<100).map { _ in daemon.fresh("many") }
        try await withThrowingTaskGroup { tasks in
            for name in names {
                tasks.addTask { try await daemon.says("volume", "create", "-o", "size=4m", name) }
            }
            try await tasks.waitForAll()
        }
        let binds = names.flatMap { ["-v", "\($0):/\($0)"] }
        let id = try await daemon.pouch(
            ["run", "-d", "--network", "none"] + binds + ["busybox", "sleep", "1000"],
            within: .seconds(110)
        ).said
        #expect(try await daemon.loops.count == 100)
        try await daemon.says("rm", "-f", id)
        #expect(try await daemon.loops == [])
        for name in names { try await daemon.says("volume", "rm", name) }
        try await daemon.expectSound()
    }

    @Test func `memory grows while a container has it`() async throws {
        let name = daemon.fresh()
        try await daemon.says("volume", "create", "-d", "tmpfs", "-o", "size=1m", name)
        let id = try await daemon.runDetached(
            "-v", "\(name):/data", "busybox", "sh", "-c",
            "while ! dd if=/dev/zero of=/data/file bs=1M count=3; do sleep 0.1; done; sleep 1000")
        try await daemon.says("volume", "update", name, "--size", "+4m")
        try await eventually("more fits", within: .seconds(30)) {
            (try await usage(of: name)["Size"].int ?? 0) >= 3 << 20
        }
        #expect(try await usage(of: name)["Limit"].int == 5 << 20)
        let refused = try await daemon.pouch("volume", "update", name, "--size", "2m")
        #expect(refused.status == 1 && refused.errors.contains("are used"), "\(refused)")
        try await daemon.says("rm", "-f", id)
        try await daemon.says("volume", "rm", name)
    }

    @Test func `what all of them were promised is in info`() async throws {
        let name = daemon.fresh()
        let before = try await daemon.ask("GET", "/info").json["VolumeSpace"]["Reserved"].int
        try await daemon.says("volume", "create", "-o", "size=24m", name)
        let after = try await daemon.ask("GET", "/info").json["VolumeSpace"]["Reserved"].int
        #expect(try #require(after) - (before ?? 0) == 24 << 20)
        let rows = try await daemon.says("system", "df", "-v").split(separator: "\n")
        let words = try #require(rows.first { $0.hasPrefix("\(name) ") }).split(separator: " ")
        #expect(words.count == 6 && words[3] == "24MiB" && words[5] == "-", "\(words)")
        try await daemon.says("volume", "rm", name)
    }
}

extension TestDaemon {
    /// Files of this daemon that are shown as block devices.
    var loops: [String] {
        get async throws {
            try await Program.shell("losetup -l -n -O BACK-FILE")
                .split(separator: "\n").map(String.init).filter { $0.contains(home) }
        }
    }
}
