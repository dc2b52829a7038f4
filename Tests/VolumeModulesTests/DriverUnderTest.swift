import Foundation
import Linux
import Logging
import TestSupport
import VolumeModules
import Volumes

/// A driver on roots of its own, and a volume as a user would ask it for.
struct DriverUnderTest: Sendable, CustomStringConvertible {
    static let all = [
        DriverUnderTest("local") { _ in nil },
        DriverUnderTest("local", "with mount=") { $0 + "/given" },
        DriverUnderTest("tmpfs") { _ in nil },
        DriverUnderTest("tmpfs", "with mount=") { $0 + "/new/point" },
    ]

    private let name: String
    private let variant: String
    private let mount: @Sendable (_ root: String) -> String?

    private init(
        _ name: String, _ variant: String = "", mount: @escaping @Sendable (String) -> String?
    ) {
        self.name = name
        self.variant = variant
        self.mount = mount
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
            for name in ["home/volume", "home/trash", "home/quarantine", "given"] {
                try FileManager.default.createDirectory(
                    atPath: "\(root)/\(name)", withIntermediateDirectories: true)
            }
            try Data("mine".utf8).write(to: URL(filePath: "\(root)/given/file"))
            let options = mount(root).map { ["mount": $0] }
            let volume = Volume(
                id: String(repeating: "a", count: 64), name: try VolumeName("data"), driver: name,
                options: options, createdAt: Date())
            try await body(Host(root: root, driver: driver(root), volume: volume))
        }
    }

    private func driver(_ root: String) -> any Driver {
        guard name == "local" else {
            return TmpfsDriver(directory: root + "/tmpfs", ownDirectories: [root + "/home"])
        }
        return LocalDriver(
            directory: root + "/home/volume", trash: root + "/home/trash",
            quarantine: root + "/home/quarantine", ownDirectories: [root + "/home"],
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }
}
