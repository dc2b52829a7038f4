import Foundation
import Linux
import Logging
import TestSupport
import Testing
import VolumeModules
import Volumes

/// A driver on roots of its own, and a volume as a user would ask it for.
struct DriverUnderTest: Sendable, CustomStringConvertible {
    static let all =
        [
            DriverUnderTest("local", mount: { _ in nil }),
            DriverUnderTest("local", "with mount=", mount: { $0 + "/given" }),
            DriverUnderTest(
                "local", "that is a directory",
                options: { ["type": "none", "device": $0 + "/given", "o": "bind"] }),
            DriverUnderTest(
                "local", "that is memory",
                options: { _ in ["type": "tmpfs", "device": "tmpfs", "o": "size=1m"] }),
            DriverUnderTest("tmpfs", mount: { _ in nil }),
            DriverUnderTest("tmpfs", "with mount=", mount: { $0 + "/new/point" }),
            DriverUnderTest("plugin", mount: { _ in nil }),
        ] + (TestCeph.isInstalled ? [DriverUnderTest("ceph", options: inCluster)] : [])

    private let name: String
    private let variant: String
    private let options: @Sendable (_ root: String) throws -> [String: String]?

    private init(
        _ name: String, _ variant: String = "", mount: @escaping @Sendable (String) -> String?
    ) {
        self.init(name, variant) { root in mount(root).map { ["mount": $0] } }
    }

    private init(
        _ name: String, _ variant: String = "",
        options: @escaping @Sendable (String) throws -> [String: String]?
    ) {
        self.name = name
        self.variant = variant
        self.options = options
    }

    /// An image in the suite's cluster.
    private static let inCluster: @Sendable (String) throws -> [String: String]? = { _ in
        let cluster = try #require(TestCeph.current)
        return [
            "conf": cluster.configuration, "user": "volumes", "size": "32m", "mapper": "qemu",
        ]
    }

    var description: String { variant.isEmpty ? name : "\(name) \(variant)" }

    /// The directories of one daemon, and its drivers.
    struct Host: Sendable {
        let root: String
        let driver: any Driver
        let volume: Volume

        var reference: Reference {
            Reference(volume: volume.id, owner: .container("web"), destination: "/data")
        }

        /// The volume as it is remembered after `create` or `attach`.
        func remembering(_ handle: [String: String]) -> Volume {
            var volume = volume
            volume.handle = handle
            volume.phase = .ready
            return volume
        }

        /// Everything below the root: names, kinds and who owns them.
        func everything() throws -> [String] {
            try FileManager.default.subpathsOfDirectory(atPath: root).sorted().map { path in
                let status = try FileStatus(of: "\(root)/\(path)")
                return "\(path) \(status.kind) \(String(status.mode, radix: 8)) \(status.user)"
            }
        }

        var mounts: [String] {
            get throws { try MountTable().entries(atOrBelow: root).map(\.path) }
        }
    }

    func withHost(_ body: (Host) async throws -> Void) async throws {
        try await withTemporaryDirectory { root in
            for name in ["home/volume", "home/trash", "home/quarantine", "given", "ceph"] {
                try FileManager.default.createDirectory(
                    atPath: "\(root)/\(name)", withIntermediateDirectories: true)
            }
            try Data("mine".utf8).write(to: URL(filePath: "\(root)/given/file"))
            let identity = String(repeating: "1", count: 32) + "\n"
            try Data(identity.utf8).write(to: URL(filePath: "\(root)/home/host-id"))
            let options = try options(root)
            let volume = Volume(
                id: String(repeating: "a", count: 64), name: try VolumeName("data"), driver: name,
                options: options, createdAt: Date())
            guard name == "plugin" else {
                return try await body(Host(root: root, driver: driver(root), volume: volume))
            }
            try await PluginProcess.running(name, in: root) { plugin in
                try await body(Host(root: root, driver: plugin.driver(), volume: volume))
            }
        }
    }

    private func driver(_ root: String) -> any Driver {
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        switch name {
        case "ceph":
            return CephDriver(
                directory: root + "/ceph", identity: root + "/home/host-id", logger: logger)
        case "tmpfs":
            return TmpfsDriver(directory: root + "/tmpfs", ownDirectories: [root + "/home"])
        default:
            return LocalDriver(
                directory: root + "/home/volume", trash: root + "/home/trash",
                quarantine: root + "/home/quarantine", ownDirectories: [root + "/home"],
                logger: logger)
        }
    }
}
