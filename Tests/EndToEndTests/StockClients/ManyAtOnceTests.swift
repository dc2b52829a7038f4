import FoundationEssentials
import TestSupport
import Testing

/// Many containers that come and go at once leave nothing behind.
@Suite(.ownDaemons, .inTime, .serialized, .requiresRoot(to: "run containers"), .requiresDockerCLI)
struct ManyAtOnceTests {
    /// What is there besides containers, of which the same must be there afterwards.
    private struct Remains: Equatable, CustomStringConvertible {
        let mounts: Set<String>
        let groups: Set<String>
        let files: Set<String>
        let snapshots: Int
        let descriptors: Int

        init(of daemon: TestDaemon) throws {
            mounts = Set(MountEntry.under(daemon.root).map(\.place))
            groups = Set(
                (try? FileManager.default.contentsOfDirectory(
                    atPath: "/sys/fs/cgroup/memory/pouch")) ?? [])
            let manager = FileManager.default
            files = Set(
                (try? manager.contentsOfDirectory(atPath: daemon.state + "/containers")) ?? [])
            let snapshotter = "/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots"
            snapshots =
                (try? manager.contentsOfDirectory(atPath: daemon.home + snapshotter).count) ?? 0
            let pid = daemon.process?.id ?? 0
            descriptors = try manager.contentsOfDirectory(atPath: "/proc/\(pid)/fd").count
        }

        var description: String {
            "mounts \(mounts.sorted()), cgroups \(groups.count), FIFOs of \(files.count), "
                + "snapshots \(snapshots), descriptors \(descriptors)"
        }

        /// Sockets to clients that have just left may be open for a moment.
        func isAsGood(as before: Remains, except ids: Set<String>) -> Bool {
            mounts == before.mounts && groups.isDisjoint(with: ids)
                && files.isSubset(of: before.files) && snapshots <= before.snapshots
                && descriptors <= before.descriptors + 8
        }
    }

    @Test func `twenty at once, twice, leave nothing`() async throws {
        try await TestDaemon.running { daemon in
            try await daemon.load(.busybox)
            let docker = DockerCLI(daemon: daemon)
            try await docker.says("run", "--rm", "--network", "none", "busybox", "true")
            let before = try Remains(of: daemon)
            // The layers of the image: what is looked at is what there is.
            #expect(before.snapshots > 0)
            for round in 1...2 {
                let ids = try await startAndRemove(20, round, docker)
                #expect(ids.count == 20)
                do {
                    try await eventually("round \(round) left nothing", within: .seconds(60)) {
                        if try Remains(of: daemon).isAsGood(as: before, except: ids) { return true }
                        // containerd misses removals that come while it collects: the next one
                        // has it look again, a second later.
                        try await docker.says(
                            "run", "--rm", "--network", "none", "busybox", "true")
                        try await Task.sleep(for: .seconds(2))
                        return false
                    }
                } catch {
                    throw TestFailure("\(error): \(before) before, \(try Remains(of: daemon)) now")
                }
            }
            #expect(try await docker.says("ps", "-aq") == "")
            #expect(try await daemon.volumes.isEmpty)
        }
    }

    private func startAndRemove(
        _ count: Int, _ round: Int, _ docker: DockerCLI
    ) async throws -> Set<String> {
        try await withThrowingTaskGroup(of: String.self) { group in
            for number in 1...count {
                group.addTask {
                    let id = try await docker.run(
                        [
                            "run", "-d", "--network", "none", "-v", "/anonymous",
                            "--name", "r\(round)n\(number)", "busybox", "sh", "-c",
                            "echo \(number) > /anonymous/n; sleep 600",
                        ], within: .seconds(110)
                    ).said
                    _ = try await docker.run(["rm", "-f", "-v", id], within: .seconds(110)).said
                    return id
                }
            }
            return try await group.reduce(into: []) { $0.insert($1) }
        }
    }
}
