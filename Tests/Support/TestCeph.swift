import Glibc
import Linux
public import Testing

/// A real cluster of one monitor and one OSD, on ports and in a directory of its own.
public struct TestCeph: Sendable {
    public let directory: String

    /// The suite's, with ``TestCephTrait``; nil where Ceph is not installed.
    @TaskLocal public static var current: TestCeph?

    public var configuration: String { directory + "/ceph.conf" }

    private static let program = "/tests/ceph/cluster"

    private static var script: String {
        #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined() + program
    }

    /// Whether what a cluster and the driver need is installed.
    public static let isInstalled: Bool = {
        let programs = ["ceph-mon", "ceph-osd", "ceph-authtool", "rbd", "qemu-storage-daemon"]
        guard programs.allSatisfy({ access("/usr/bin/" + $0, X_OK) == 0 }) else { return false }
        return (try? runTool("/usr/bin/python3", "-c", "import rados, rbd")) != nil
    }()

    /// Runs `body` with a cluster, of which nothing is left.
    public static func running(_ body: (TestCeph) async throws -> Void) async throws {
        try await withTemporaryDirectory { root in
            let cluster = TestCeph(directory: root)
            do {
                try runTool(script, "start", root)
                try await body(cluster)
            } catch {
                _ = try? runTool(script, "stop", root)
                throw error
            }
            try runTool(script, "stop", root)
        }
    }

    /// Runs one of Ceph's tools as an administrator.
    @discardableResult
    public func rbd(_ words: String...) throws -> String {
        try runTool("timeout", ["60", "rbd", "-c", configuration] + words)
    }

    /// Runs a line of Python with `rados`, `rbd`, a connection `c` and the pool `io`.
    @discardableResult
    public func python(_ line: String) throws -> String {
        try runTool(
            "timeout",
            [
                "60", "/usr/bin/python3", "-c",
                """
                import os, rados, rbd, sys
                c = rados.Rados(conffile="\(configuration)", name="client.admin")
                c.connect(timeout=30)
                io = c.open_ioctx("rbd")
                \(line)
                sys.stdout.flush()
                os._exit(0)
                """,
            ])
    }

    /// Stops the cluster's processes where they are, and lets them go on.
    public func signal(_ number: Int32, to names: String...) throws {
        for name in names.isEmpty ? ["mon.a", "osd.0"] : names {
            let text = try OpenFile.text(at: "\(directory)/\(name).pid")
            if let id = Int32(text.prefix { $0.isNumber }) { kill(id, number) }
        }
    }
}

/// Gives a whole suite one cluster; where Ceph is not installed, none.
public struct TestCephTrait: SuiteTrait, TestScoping {
    public func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        guard TestCeph.isInstalled, geteuid() == 0 else { return try await function() }
        try await TestCeph.running { cluster in
            try await TestCeph.$current.withValue(cluster) { try await function() }
        }
    }
}

extension Trait where Self == TestCephTrait {
    public static var cephCluster: TestCephTrait { TestCephTrait() }
}

extension Trait where Self == ConditionTrait {
    /// Skips where no cluster can be started, saying so.
    public static var requiresCeph: Self {
        .enabled(
            if: TestCeph.isInstalled && geteuid() == 0,
            "needs root, and ceph-mon, ceph-osd, ceph-common, python3-rbd and qemu-block-extra")
    }
}
