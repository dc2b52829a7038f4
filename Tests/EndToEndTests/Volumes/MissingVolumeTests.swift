import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// Missing is not empty: no container starts on something else than what it left.
@Suite(.daemon(with: .busybox), .inTime, .serialized, .requiresRoot(to: "run pouchd and mount"))
struct MissingVolumeTests {
    let daemon: TestDaemon

    init() throws { daemon = try .shared }

    private func isThere(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    private func touch(_ volume: String) async throws -> Finished {
        try await daemon.run("-v", "\(volume):/data", "busybox", "touch", "/data/touched")
    }

    private func expectUnavailable(_ volume: String) async throws {
        let finished = try await touch(volume)
        #expect(finished.status == 125, "\(finished)")
        #expect(finished.errors.contains("unavailable"), "\(finished)")
        #expect(finished.errors.contains(volume), "\(finished)")
        // What was refused leaves no container behind.
        let containers = try await daemon.says("ps", "-aq", "--filter", "volume=\(volume)")
        #expect(containers == "")
    }

    @Test func `a directory that vanished after its first use is not made again`() async throws {
        let name = daemon.fresh()
        #expect(try await touch(name).status == 0)
        let path = "\(daemon.home)/volume/\(name)"
        try FileManager.default.removeItem(atPath: path)

        try await expectUnavailable(name)
        #expect(!isThere(path))
        try await daemon.restart()
        try await expectUnavailable(name)
        #expect(!isThere(path))
        #expect(try await daemon.ask("GET", "/volumes/\(name)").status == 200)

        // Who gives it up can.
        try await daemon.says("volume", "rm", name)
        #expect(try await touch(name).status == 0)
        try await daemon.says("volume", "rm", name)
    }

    @Test func `a directory that was never used is made again at start-up`() async throws {
        let name = daemon.fresh()
        try await daemon.says(
            "volume", "create", "-o", "mode=0711", "-o", "uid=1000", name)
        let path = "\(daemon.home)/volume/\(name)"
        try FileManager.default.removeItem(atPath: path)

        try await daemon.restart()
        #expect(isThere(path))
        var found = stat()
        #expect(stat(path, &found) == 0)
        #expect(found.st_mode & 0o7777 == 0o711)
        #expect(found.st_uid == 1000)
        #expect(try await touch(name).status == 0)
        try await daemon.says("volume", "rm", name)
    }

    @Test func `a given directory that vanished is not made again`() async throws {
        let path = daemon.root + "/given"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        let name = daemon.fresh()
        try await daemon.says("volume", "create", "-o", "mount=\(path)", name)
        #expect(try await touch(name).status == 0)
        try FileManager.default.removeItem(atPath: path)

        try await expectUnavailable(name)
        #expect(!isThere(path))
        try await daemon.says("volume", "rm", name)
    }

    @Test func `a disk that is not mounted makes its volumes unavailable until it is`()
        async throws
    {
        let disk = daemon.root + "/disk"
        let image = try DiskImage("ext4", at: daemon.root + "/image")
        try image.mount(at: disk)
        defer { umount2(disk, Int32(MNT_DETACH)) }
        mkdir(disk + "/data", 0o755)
        let (top, below) = (daemon.fresh(), daemon.fresh())
        try await daemon.says("volume", "create", "-o", "mount=\(disk)", top)
        try await daemon.says("volume", "create", "-o", "mount=\(disk)/data", below)
        for name in [top, below] { #expect(try await touch(name).status == 0) }

        #expect(umount2(disk, 0) == 0)
        // Its place is there, and empty.
        for name in [top, below] { try await expectUnavailable(name) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: disk) == [])
        // Somebody makes the directory: it is still not the disk's.
        mkdir(disk + "/data", 0o755)
        try await daemon.restart()
        for name in [top, below] { try await expectUnavailable(name) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: disk + "/data") == [])

        try image.mount(at: disk)
        for name in [top, below] {
            let finished = try await daemon.run("-v", "\(name):/data", "busybox", "ls", "/data")
            #expect(finished.lines.contains("touched"), "\(finished)")
            try await daemon.says("volume", "rm", name)
        }
        #expect(umount2(disk, 0) == 0, "something still holds the disk")
    }

    @Test func `an unavailable volume keeps no other from working`() async throws {
        let (gone, fine) = (daemon.fresh(), daemon.fresh())
        for name in [gone, fine] { #expect(try await touch(name).status == 0) }
        try FileManager.default.removeItem(atPath: "\(daemon.home)/volume/\(gone)")

        try await daemon.restart()
        try await expectUnavailable(gone)
        #expect(try await touch(fine).status == 0)
        #expect(try await daemon.volumes.isSuperset(of: [gone, fine]))
        try await daemon.says("volume", "rm", gone, fine)
    }

    @Test func `a directory that no record names is set aside, reported, and kept`() async throws {
        let stray = "\(daemon.home)/volume/stray"
        try await daemon.kill()
        mkdir(stray, 0o755)
        try Data("precious".utf8).write(to: URL(filePath: stray + "/file"))
        try await daemon.start()

        #expect(!daemon.directories.contains("stray"))
        #expect(daemon.log.contains("stray"))
        let found = try await Program.shell(
            #"grep -rl precious "$1/quarantine""#, daemon.home)
        #expect(found.split(separator: "\n").count == 1)
        try await daemon.says("volume", "create", "stray")
        try await daemon.says("volume", "rm", "stray")
    }
}
