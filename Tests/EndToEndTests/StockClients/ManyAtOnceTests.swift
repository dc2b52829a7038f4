import FoundationEssentials
import Glibc
import Linux
import TestSupport
import Testing

/// Many containers that come and go at once leave nothing behind.
///
/// `POUCH_MANY=50x20` in the environment has fifty at once, twenty times.
@Suite(.ownDaemons, .serialized, .requiresRoot(to: "run containers"), .requiresDockerCLI)
struct ManyAtOnceTests {
    private static let (count, rounds) = {
        let words = getenv("POUCH_MANY").map { String(cString: $0).split(separator: "x") } ?? []
        let numbers = words.compactMap { Int($0) }
        return numbers.count == 2 ? (numbers[0], numbers[1]) : (20, 2)
    }()

    private static let bridge = "pmany\(getpid() % 100_000)"
    /// In a range that no network of a real host has.
    private static let subnet = "198.19.\(getpid() % 256).0/24"

    /// What is there besides containers, of which the same must be there afterwards.
    private struct Remains: Equatable, CustomStringConvertible {
        let mounts: Set<String>
        let groups: Set<String>
        let files: Set<String>
        /// Addresses that are taken, namespaces, and what else there is of networks.
        let networks: Set<String>
        let loops: Set<String>
        let snapshots: Int
        let descriptors: Int

        init(of daemon: TestDaemon) throws {
            mounts = Set(MountEntry.under(daemon.root).map(\.place))
            groups = Self.entries("/sys/fs/cgroup/memory/pouch")
                .union(Self.entries("/sys/fs/cgroup/pouch"))
            files = Self.entries(daemon.state + "/containers")
            networks = Self.tree(daemon.state + "/networks")
                .union(Self.entries("/sys/class/net").filter { $0 == bridge })
            loops = Self.loops(under: daemon.root)
            let snapshotter = "/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots"
            snapshots = Self.entries(daemon.home + snapshotter).count
            descriptors = Self.entries("/proc/\(daemon.process?.id ?? 0)/fd").count
        }

        private static func entries(_ path: String) -> Set<String> {
            Set((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [])
        }

        private static func tree(_ path: String) -> Set<String> {
            Set((try? FileManager.default.subpathsOfDirectory(atPath: path)) ?? [])
        }

        /// Files under a directory that loop devices have.
        private static func loops(under root: String) -> Set<String> {
            Set(
                entries("/sys/block").compactMap { name in
                    let path = "/sys/block/\(name)/loop/backing_file"
                    guard name.hasPrefix("loop"), let file = try? OpenFile.text(at: path),
                        file.hasPrefix(root)
                    else { return nil }
                    return name
                })
        }

        var description: String {
            "mounts \(mounts.sorted()), cgroups \(groups.count), FIFOs of \(files.count), "
                + "networks \(networks.sorted()), loop devices \(loops.sorted()), "
                + "snapshots \(snapshots), descriptors \(descriptors)"
        }

        /// Sockets to clients that have just left may be open for a moment.
        func isAsGood(as before: Remains, except ids: Set<String>) -> Bool {
            mounts == before.mounts && groups.isDisjoint(with: ids)
                && files.isSubset(of: before.files) && networks.isSubset(of: before.networks)
                && loops == before.loops && snapshots <= before.snapshots
                && descriptors <= before.descriptors + 8
        }
    }

    /// Has containers come and go with some of these words, and looks after each round.
    private func comeAndGo(
        _ count: Int, _ rounds: Int, on daemon: TestDaemon,
        _ words: @escaping @Sendable (_ number: Int) -> [String]
    ) async throws {
        try await daemon.load(.busybox)
        let docker = DockerCLI(daemon: daemon)
        _ = try await docker.run(["run", "--rm"] + words(1) + ["busybox", "true"]).said
        try await eventually("the first is gone", within: .seconds(60)) {
            try Remains(of: daemon).mounts.allSatisfy { !$0.contains("rootfs") }
        }
        // The layers of the image: what is looked at is what there is.
        try await eventually("its layer is gone", within: .seconds(60)) {
            try Remains(of: daemon).snapshots == 1
        }
        let before = try Remains(of: daemon)
        for round in 1...rounds {
            let ids = try await startAndRemove(count, round, docker, words)
            #expect(ids.count == count)
            do {
                try await eventually("round \(round) left nothing", within: .seconds(60)) {
                    try Remains(of: daemon).isAsGood(as: before, except: ids)
                }
            } catch {
                throw TestFailure("\(error): \(before) before, \(try Remains(of: daemon)) now")
            }
        }
        #expect(try await docker.says("ps", "-aq") == "")
        #expect(try await daemon.volumes.isEmpty)
    }

    @Test(.timeLimit(.minutes(30)))
    func `many at once, again and again, leave nothing`() async throws {
        try await TestDaemon.running { daemon in
            try await comeAndGo(Self.count, Self.rounds, on: daemon) { number in
                // One in ten has a filesystem of its own to lose.
                let sized = ["--mount", "type=volume,dst=/sized,volume-opt=size=32m"]
                return ["--network", "none", "-v", "/anonymous"] + (number % 10 == 0 ? sized : [])
            }
        }
    }

    @Test(.requiresCNI, .timeLimit(.minutes(10)))
    func `many on the bridge leave no address and no link`() async throws {
        let words = ["--bridge", Self.bridge, "--bridge-subnet", Self.subnet]
        try await TestDaemon.running(words: words) { daemon in
            try await comeAndGo(Self.count / 2, Self.rounds, on: daemon) { _ in
                ["--network", "bridge", "-v", "/anonymous"]
            }
        }
    }

    private func startAndRemove(
        _ count: Int, _ round: Int, _ docker: DockerCLI,
        _ words: @escaping @Sendable (_ number: Int) -> [String]
    ) async throws -> Set<String> {
        try await withThrowingTaskGroup(of: String.self) { group in
            for number in 1...count {
                group.addTask {
                    let id = try await docker.run(
                        ["run", "-d", "--name", "r\(round)n\(number)"] + words(number) + [
                            "busybox", "sh", "-c", "echo \(number) > /anonymous/n; sleep 600",
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
