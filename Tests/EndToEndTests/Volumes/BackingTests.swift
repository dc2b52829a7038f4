import FoundationEssentials
import Linux
import TestSupport
import Testing

/// What every volume can do, also where it is a subvolume or an image, and also while nobody has it
/// attached: the home is on a btrfs that counts.
@Suite(.ownDaemons, .inTime, .serialized, .requiresRoot(to: "mount a btrfs"))
struct BackingTests {
    private static let backings = [
        ["backing=subvolume"], ["backing=image", "size=24m"],
        ["backing=image", "fs=btrfs", "size=120m"],
    ]

    private func onBtrfs(
        with images: [TestImage] = [.busybox], _ body: (TestDaemon) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { root in
            try runTool("truncate", "-s", "2G", root + "/disk")
            try runTool("mkfs.btrfs", "-q", root + "/disk")
            try FileManager.default.createDirectory(
                atPath: root + "/b", withIntermediateDirectories: true)
            try runTool("mount", "-o", "loop", root + "/disk", root + "/b")
            try await TestDaemon.running(home: root + "/b/home", words: ["--btrfs-quota", "on"]) {
                for image in images { try await $0.load(image) }
                try await body($0)
            }
        }
    }

    private func create(
        _ options: [String], on daemon: TestDaemon
    ) async throws -> String {
        let name = daemon.fresh()
        let words = options.flatMap { ["-o", $0] }
        _ = try await daemon.pouch(["volume", "create"] + words + [name]).said
        return name
    }

    /// Everything that an archive can lose, as a container sees it.
    private func list(_ volume: String, on daemon: TestDaemon) async throws -> String {
        try await daemon.run(
            "-v", "\(volume):/v", "busybox", "sh", "-c",
            "cd /v; ls -lnA . folder; find . -type f -exec md5sum {} + | sort"
        ).said
    }

    @Test func `what is in it goes out and comes back`() async throws {
        try await onBtrfs(with: [.busybox, .data]) { daemon in
            for options in Self.backings { try await expectArchives(of: options, on: daemon) }
        }
    }

    private func expectArchives(of options: [String], on daemon: TestDaemon) async throws {
        let full = try await create(options, on: daemon)
        let copy = try await create(options, on: daemon)
        _ = try await daemon.run("-v", "\(full):/data", "data", "true").said
        let seen = try await list(full, on: daemon)
        #expect(seen.contains("file") && seen.contains("soft"), "\(seen)")
        // Nobody has either attached.
        let archive = daemon.root + "/archive.tar"
        try await daemon.says("volume", "export", full, "-o", archive)
        try await daemon.says("volume", "import", copy, archive)
        #expect(try await list(copy, on: daemon) == seen)
        let refused = try await daemon.pouch("volume", "import", copy, archive)
        #expect(refused.status == 1 && refused.errors.contains("not empty"), "\(refused)")
        try await daemon.says("volume", "import", "--force", copy, archive)
        #expect(try await list(copy, on: daemon) == seen)
        // A container that runs has the one that is exported.
        let id = try await daemon.runDetached("-v", "\(full):/v", "busybox", "sleep", "1000")
        try await daemon.says("volume", "export", full, "-o", archive)
        try await daemon.says("rm", "-f", id)
        #expect(MountEntry.under(daemon.state + "/image") == [], "an image stays mounted")
        try await daemon.says("volume", "rm", full, copy)
        try await daemon.expectSound()
    }

    @Test func `files are copied to and from it, and parts of it shown`() async throws {
        try await onBtrfs { daemon in
            for options in Self.backings { try await expectCopies(of: options, on: daemon) }
        }
    }

    private func expectCopies(of options: [String], on daemon: TestDaemon) async throws {
        let name = try await create(options, on: daemon)
        try Data("from the host\n".utf8).write(to: URL(filePath: daemon.root + "/file"))
        let id = try await daemon.says(
            "create", "--network", "none", "-v", "\(name):/v", "busybox", "sleep", "1000")
        // It does not run, so the volume is attached for the copy alone.
        try await daemon.says("cp", daemon.root + "/file", "\(id):/v/still")
        try await daemon.says("start", id)
        try await daemon.says("cp", daemon.root + "/file", "\(id):/v/live")
        try await daemon.says("exec", id, "mkdir", "-p", "/v/part/deep")
        try await daemon.says("exec", id, "cp", "/v/live", "/v/part/deep/file")
        try await daemon.says("cp", "\(id):/v/still", daemon.root + "/back")
        #expect(try OpenFile.text(at: daemon.root + "/back") == "from the host\n")
        try await daemon.says("rm", "-f", id)

        let mount = "type=volume,source=\(name),target=/p,volume-subpath=part/deep"
        let shown = try await daemon.run("--mount", mount, "busybox", "ls", "/p")
        #expect(shown.output == "file\n", "\(shown)")
        let missing = try await daemon.run("--mount", mount + "er", "busybox", "ls", "/p")
        #expect(missing.status == 125 && missing.errors.contains("part/deeper"), "\(missing)")
        let seen = try await daemon.run(
            "-v", "\(name):/v", "busybox", "sh", "-c", "cat /v/still /v/live /v/part/deep/file")
        #expect(seen.output == String(repeating: "from the host\n", count: 3), "\(seen)")
        try await daemon.says("volume", "rm", name)
        try await daemon.expectSound()
    }

    @Test func `a subvolume grows while a container writes, and no write is lost`() async throws {
        try await onBtrfs { daemon in
            let name = try await create(["size=48m"], on: daemon)
            let status = try await daemon.ask("GET", "/volumes/\(name)").json["Status"]
            #expect(status["Backing"] == "subvolume")
            // 64 MiB do not fit before it grows: the writer is held back until it has.
            async let written = daemon.run(
                "-v", "\(name):/data", "-v", "/usr:/usr:ro", "-v", "/lib:/lib:ro",
                "-v", "/lib64:/lib64:ro", "busybox", "sh", "-c",
                #"""
                fio="/usr/bin/fio --directory=/data --rw=randwrite --bs=64k --ioengine=psync
                    --fallocate=none --end_fsync=1 --verify=crc32c"
                $fio --name=first --size=24m && touch /data/first-done &&
                while [ ! -e /data/go-on ]; do sleep 0.1; done && $fio --name=second --size=40m
                """#, within: .seconds(110))
            try await eventually("the container has written", within: .seconds(60)) {
                FileManager.default.fileExists(atPath: "\(daemon.home)/volume/\(name)/first-done")
            }
            try await daemon.says("volume", "update", name, "--size", "+80m")
            try Data().write(to: URL(filePath: "\(daemon.home)/volume/\(name)/go-on"))
            let finished = try await written
            #expect(finished.status == 0, "\(finished)")
            #expect(!finished.output.contains("verify:"), "\(finished)")
            let usage = try await daemon.ask("GET", "/volumes/\(name)/usage").json
            #expect(usage["Limit"].int == 128 << 20)
            let listed = try await daemon.says(
                "volume", "ls", "--size", "--format", "{{.Name}} {{.Size}}")
            #expect(listed.contains("\(name) \(128 << 20)"), "\(listed)")
            try await daemon.says("volume", "rm", name)
        }
    }

    /// For each control of the kernel whether it is refused, then ways to take a file out of a count.
    private static let escapes = #"""
        open my $null, "<", "/dev/null"; opendir my $d, "/data"; my $x = "\0" x 64;
        my @refused = grep { $! = 0; !ioctl($null, $_, 0) && $! == 1 } 0..65535;
        printf "%x ", $_ for @refused; print "\n";
        open my $f, ">", "/data/file"; open my $dir, "<", "/data";
        for (0x401c5820, 0x40086602, 0x5000940e) { $! = 0; ioctl($dir, $_, $x); print $! + 0, " "; }
        print ioctl($f, 0x80086601, $x) ? "flags" : "no flags: $!", " ";
        $! = 0; syscall(469, -1, 0, 0, 0, 0); print $! + 0, "\n";
        """#

    @Test func `root in a container has no way out of what its files are counted in`() async throws
    {
        try await onBtrfs { daemon in
            let limited = try await create(["size=16m"], on: daemon)
            let free = try await create(["backing=directory"], on: daemon)
            func tries(_ volume: String) async throws -> String {
                try await daemon.run(
                    "-v", "\(volume):/data", "-v", "/usr:/usr:ro", "-v", "/lib:/lib:ro", "-v",
                    "/lib64:/lib64:ro", "busybox", "/usr/bin/perl", "-e", Self.escapes
                ).said
            }
            // The last is file_setattr, whose name the runtime may not know: there is no such call.
            let held = try await tries(limited)
            #expect(held == "5820 6602 9401 940e 9417 9418 \n1 1 1 flags 38", "\(held)")
            let other = try await tries(free)
            #expect(other.hasPrefix("\n1 0 "), "\(other)")
            try await daemon.says("volume", "rm", limited, free)
        }
    }

    @Test func `a directory of the user's on btrfs has no limit that could hold`() async throws {
        try await onBtrfs(with: []) { daemon in
            // Beside the home.
            let mine =
                daemon.home.split(separator: "/").dropLast().map { "/" + $0 }.joined() + "/mine"
            try FileManager.default.createDirectory(
                atPath: mine, withIntermediateDirectories: true)
            let refused = try await daemon.pouch(
                "volume", "create", "-o", "mount=\(mine)", "-o", "size=8m", "mine")
            #expect(refused.status == 1, "\(refused)")
            #expect(refused.errors.contains("without project quota"), "\(refused)")
            #expect(try await daemon.volumes == [])
        }
    }

    @Test func `a disk quota that is half made or half gone goes at the next start`() async throws {
        try await onBtrfs { daemon in
            for step in ["confine.recorded", "confine.made", "unconfine.made"] {
                try await expectNothing(leftAt: step, on: daemon)
            }
        }
    }

    private func expectNothing(leftAt step: String, on daemon: TestDaemon) async throws {
        try await daemon.says("volume", "create", "data")
        try await daemon.restart(settings: ["POUCHD_DIE_AT": step])
        let made = try await daemon.pouch(
            "create", "--name", "web", "--network", "none", "--disk-quota", "/data=8m", "-v",
            "data:/data", "busybox", "true")
        if made.status == 0 { _ = try await daemon.pouch("rm", "web") }
        try await daemon.ended()
        try await daemon.start()
        // Recovery undoes it once containerd answers.
        try await daemon.says("images")
        #expect(try await daemon.says("ps", "-aq") == "")
        #expect(try await daemon.ask("GET", "/volumes/data/usage").json["Limit"].int == nil)
        // Nobody limits it any more.
        try await daemon.says(
            "create", "--name", "web", "--network", "none", "--disk-quota", "/data=9m", "-v",
            "data:/data", "busybox", "true")
        #expect(try await daemon.ask("GET", "/volumes/data/usage").json["Limit"].int == 9 << 20)
        try await daemon.says("rm", "web")
        try await daemon.says("volume", "rm", "data")
        try await daemon.expectSound()
    }

    @Test func `a container's disk quota is refused where the disk holds none, and leaves nothing`()
        async throws
    {
        try await onBtrfs { daemon in
            for quota in ["8m", "/=8m", "/&/data=8m"] {
                let refused = try await daemon.pouch(
                    "create", "--network", "none", "--disk-quota", quota, "-v", "data:/data",
                    "busybox", "true")
                #expect(refused.status == 125 || refused.status == 1, "\(refused)")
                #expect(
                    refused.errors.contains("btrfs") && refused.errors.contains("limit"),
                    "\(refused)")
            }
            #expect(try await daemon.says("ps", "-aq") == "")
            // A volume by itself is a subvolume, which has a limit of its own.
            let id = try await daemon.says(
                "create", "--network", "none", "--disk-quota", "/data=8m", "-v", "data:/data",
                "busybox", "dd", "if=/dev/urandom", "of=/data/file", "bs=64k", "count=400")
            let usage = try await daemon.ask("GET", "/volumes/data/usage").json
            #expect(usage["Limit"].int == 8 << 20)
            try await daemon.says("start", id)
            #expect(try await daemon.says("wait", id) != "0")
            let grown = try await daemon.pouch("volume", "update", "data", "--size", "20m")
            #expect(grown.status == 1 && grown.errors.contains("remove the container"), "\(grown)")
            try await daemon.says("rm", id)
            #expect(try await daemon.ask("GET", "/volumes/data/usage").json["Limit"].int == nil)
            try await daemon.says("volume", "rm", "data")
            try await daemon.expectSound()
        }
    }
}
