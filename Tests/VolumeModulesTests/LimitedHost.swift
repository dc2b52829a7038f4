import Foundation
import Linux
import Logging
import TestSupport
import VolumeModules
import Volumes

/// A local driver whose home is on a filesystem of the test's choice.
struct LimitedHost: Sendable {
    let root: String
    let driver: LocalDriver

    /// `filesystem` is one that `mkfs` knows; nil for what the temporary directory is on.
    static func run(
        on filesystem: String? = nil, size: String = "400M",
        prepare: (_ mountPoint: String) throws -> Void = { _ in },
        _ body: (LimitedHost) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { root in
            if let filesystem {
                try FileManager.default.createDirectory(
                    atPath: root + "/home", withIntermediateDirectories: true)
                try runTool("truncate", "-s", size, root + "/disk")
                try runTool("mkfs.\(filesystem)", "-q", root + "/disk")
                try runTool("mount", "-o", "loop", root + "/disk", root + "/home")
                try prepare(root + "/home")
            }
            for name in ["home/volume", "home/trash", "home/quarantine"] {
                try FileManager.default.createDirectory(
                    atPath: "\(root)/\(name)", withIntermediateDirectories: true)
            }
            try await body(LimitedHost(root))
        }
    }

    private init(_ root: String) {
        self.root = root
        driver = Self.driver(root)
    }

    /// Another of the same roots, as after a restart.
    func restarted() -> LocalDriver { Self.driver(root) }

    private static func driver(_ root: String) -> LocalDriver {
        LocalDriver(
            directory: root + "/home/volume", trash: root + "/home/trash",
            quarantine: root + "/home/quarantine", images: root + "/home/image",
            mounts: root + "/mounts", ownDirectories: [root + "/home"],
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            patience: 60)
    }

    func create(
        _ options: [String: String], named name: String = "data", letter: Character = "a"
    ) async throws -> Volume {
        var volume = Volume(
            id: String(repeating: letter, count: 64), name: try VolumeName(name), driver: "local",
            options: options, createdAt: Date())
        volume.claim = try await driver.claim(for: volume)
        volume.handle = try await driver.create(volume)
        volume.phase = .ready
        return volume
    }

    func remove(_ volume: Volume) async throws {
        try await driver.remove(volume)
        guard await driver.sweep([volume]) == [volume.id] else {
            throw TestFailure("\(volume.name) is not gone")
        }
    }

    /// Writes zeros into a file of the volume until `bytes` are written or no more fit; returns how
    /// many did.
    func fill(_ volume: Volume, _ bytes: Int, file: String = "fill") throws -> Int {
        let path = "\(driver.path(of: volume))/\(file)"
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw TestFailure("open \(path): errno \(errno)") }
        defer { close(descriptor) }
        var generator = SystemRandomNumberGenerator()
        let piece = (0..<8192).map { _ in generator.next() as UInt64 }
        var written = 0
        while written < bytes {
            let count = piece.withUnsafeBytes {
                write(descriptor, $0.baseAddress, min($0.count, bytes - written))
            }
            guard count > 0 else { break }
            written += count
        }
        fsync(descriptor)
        return written
    }

    func usage(of volume: Volume) async throws -> Usage {
        guard let usage = await driver.usage(of: [volume], countedOnly: false)[volume.id] else {
            throw TestFailure("\(volume.name) can't be measured")
        }
        return usage
    }

    /// Loop devices whose file is below the root, but not the one with its home.
    var loops: [String] {
        get throws {
            try runTool("losetup", "-l", "-n", "-O", "BACK-FILE").split(separator: "\n")
                .map(String.init).filter { $0.contains(root) && !$0.contains(root + "/disk") }
        }
    }
}
