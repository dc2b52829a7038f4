import Glibc
import TestSupport
import Testing

/// Slow or dead storage stops only its own volumes.
@Suite(
    .daemon(with: .busybox), .inTime, .serialized, .requiresRoot(to: "run pouchd and mount"),
    .enabled(if: HungFilesystem.isPossible, "needs /dev/fuse"))
struct HungStorageTests {
    let daemon: TestDaemon

    init() throws { daemon = try .shared }

    private func directory() throws -> String {
        let path = "\(daemon.root)/\(daemon.fresh("place"))"
        try #require(mkdir(path, 0o755) == 0)
        return path
    }

    private func use(_ volume: String) async throws -> Finished {
        try await daemon.run("-v", "\(volume):/data", "busybox", "touch", "/data/touched")
    }

    /// All that one does with other volumes.
    private func expectOthersWork() async throws {
        let other = daemon.fresh("other")
        try await daemon.says("volume", "create", other)
        #expect(try await use(other).status == 0)
        #expect(try await daemon.says("volume", "ls", "-q").contains(other))
        try await daemon.says("volume", "rm", other)
    }

    @Test func `a volume on storage that never answers keeps no other from working`() async throws {
        let place = try directory()
        let name = daemon.fresh("hung")
        try await daemon.says("volume", "create", "-o", "mount=\(place)", name)
        #expect(try await use(name).status == 0)
        var storage: HungFilesystem? = try HungFilesystem(at: place)

        // Many more than there are threads to block.
        try await withThrowingTaskGroup { group in
            for _ in 0..<8 { group.addTask { [self] in try await use(name) } }
            try await expectOthersWork()
            for try await finished in group {
                #expect(finished.status == 125, "\(finished)")
                #expect(finished.errors.contains("no answer within"), "\(finished)")
                #expect(finished.errors.contains(place), "\(finished)")
            }
        }
        #expect(try await daemon.ask("GET", "/volumes/\(name)").status == 200)
        #expect(try await daemon.says("ps", "-aq", "--filter", "volume=\(name)") == "")

        // Nor does a start wait for it.
        try await daemon.restart()
        #expect(try await daemon.volumes.contains(name))
        try await expectOthersWork()

        withExtendedLifetime(storage) {}
        storage = nil
        try await eventually("the storage is back", within: .seconds(30)) {
            try await use(name).status == 0
        }
        try await daemon.says("volume", "rm", name)
    }

    @Test func `a directory that never answers makes no volume`() async throws {
        let place = try directory()
        let storage = try HungFilesystem(at: place)
        let name = daemon.fresh("hung")
        let finished = try await daemon.pouch("volume", "create", "-o", "mount=\(place)", name)
        #expect(finished.status == 1, "\(finished)")
        #expect(finished.errors.contains("\(place): no answer within"), "\(finished)")
        #expect(try await daemon.ask("GET", "/volumes/\(name)").status == 404)
        withExtendedLifetime(storage) {}
    }
}
