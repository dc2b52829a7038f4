import Foundation
import Linux
import TestSupport
import Testing
import VolumeModules
import Volumes

/// Volumes in image files, on a filesystem that can't limit directories.
@Suite(.requiresRoot(to: "mount images"), .serialized)
struct ImageTests {
    private let reference = Reference(
        volume: String(repeating: "a", count: 64), owner: .container("web"), destination: "/data")

    @Test func `a size holds, and usage is the filesystem's`() async throws {
        try await LimitedHost.run { host in
            let volume = try await host.create(["size": "16m"])
            _ = try await host.driver.attach(volume, for: reference)
            let written = try host.fill(volume, 64 << 20)
            #expect(written < 16 << 20 && written > 10 << 20, "\(written)")
            let usage = try await host.usage(of: volume)
            #expect(try #require(usage.limit) <= 16 << 20)
            #expect(try #require(usage.used) >= Int64(written))
            #expect(usage.percent ?? 0 >= 90)
            #expect(usage.method == .filesystem)
            try await host.driver.detach(volume, from: reference, isLast: true)
            try await host.remove(volume)
            #expect(try host.loops == [])
        }
    }

    @Test(arguments: ["ext4", "btrfs"])
    func `a new image is empty, and the container's own`(filesystem: String) async throws {
        try await LimitedHost.run { host in
            let options = [
                "size": "120m", "fs": filesystem, "uid": "12", "gid": "34", "mode": "2750",
            ]
            let volume = try await host.create(options)
            #expect(try host.loops == [])
            try await host.driver.reach(volume)
            #expect(try await host.driver.isEmpty(volume))
            let path = host.driver.path(of: volume)
            #expect(try FileManager.default.contentsOfDirectory(atPath: path) == [])
            let status = try FileStatus(of: path)
            #expect(status.user == 12 && status.group == 34 && status.mode == 0o2750)
            try await host.driver.leave(volume)
            #expect(try host.loops == [])
            try await host.remove(volume)
        }
    }

    @Test func `inodes are limited`() async throws {
        try await LimitedHost.run { host in
            let volume = try await host.create(["size": "32m", "inodes": "64"])
            try await host.driver.reach(volume)
            var made = 0
            let path = host.driver.path(of: volume)
            while made < 10_000, mkdir("\(path)/\(made)", 0o755) == 0 { made += 1 }
            // mkfs rounds up to what fills its tables.
            #expect((64..<128).contains(made), "\(made)")
            try await host.driver.leave(volume)
        }
    }

    @Test(arguments: ["ext4", "btrfs", "xfs"])
    func `it grows, and what is in it stays`(filesystem: String) async throws {
        try await LimitedHost.run { host in
            let (small, large) = filesystem == "xfs" ? ("300m", "400m") : ("120m", "300m")
            var volume = try await host.create(["size": small, "fs": filesystem])
            try await host.driver.reach(volume)
            _ = try host.fill(volume, 8 << 20, file: "kept")
            let isOnline = filesystem != "ext4"
            if !isOnline { try await host.driver.leave(volume) }
            let before = try await host.usage(of: volume)
            volume.handle = try await host.driver.resize(
                volume, to: Limits(size: ByteCount(large)), isAttached: isOnline)
            try await host.driver.reach(volume)
            let after = try await host.usage(of: volume)
            #expect(try #require(after.limit) > (before.limit ?? 0) + 50 << 20)
            let kept = try FileStatus(of: host.driver.path(of: volume) + "/kept")
            #expect(kept.size == 8 << 20)
            await #expect(throws: VolumeError.self) {
                _ = try await host.driver.resize(
                    volume, to: Limits(size: ByteCount(small)), isAttached: isOnline)
            }
            try await host.driver.leave(volume)
            #expect(try host.loops == [])
        }
    }

    @Test func `growth that was cut short is finished at the next use`() async throws {
        try await LimitedHost.run { host in
            let volume = try await host.create(["size": "16m"])
            let file = "\(host.root)/home/image/\(volume.id).img"
            try runTool("truncate", "-s", "32M", file)
            let handle = try await host.driver.attach(volume, for: reference).handle
            #expect(handle["size"] == "\(32 << 20)")
            let usage = try await host.usage(of: volume)
            #expect(try #require(usage.limit) > 24 << 20)
            try await host.driver.detach(volume, from: reference, isLast: true)
        }
    }

    @Test func `what a crash left is put right`() async throws {
        try await LimitedHost.run { host in
            let kept = try await host.create(["size": "16m"], named: "kept", letter: "a")
            let used = try await host.create(["size": "16m"], named: "used", letter: "b")
            let lost = try await host.create(["size": "16m"], named: "lost", letter: "c")
            for volume in [kept, used, lost] { try await host.driver.reach(volume) }
            try Data("half".utf8).write(to: URL(filePath: "\(host.root)/home/image/dd.new"))

            let driver = host.restarted()
            let report = try await driver.recover([kept, used], attached: [used.id])
            #expect(report.count == 1 && report[0].contains(lost.id), "\(report)")
            #expect(try host.loops.count == 1)
            let images = try FileManager.default.contentsOfDirectory(
                atPath: host.root + "/home/image")
            #expect(Set(images) == ["\(kept.id).img", "\(used.id).img"])
            try await driver.leave(used)
            #expect(try host.loops == [])
        }
    }

    @Test func `an image that is gone makes the volume unavailable, not empty`() async throws {
        try await LimitedHost.run { host in
            let volume = try await host.create(["size": "16m"])
            try FileManager.default.removeItem(
                atPath: "\(host.root)/home/image/\(volume.id).img")
            await #expect { try await host.driver.attach(volume, for: reference) } throws: {
                if case VolumeError.unavailable = $0 { true } else { false }
            }
            #expect(
                try await host.driver.status(of: volume, walking: true)["State"] == "unavailable")
        }
    }
}
