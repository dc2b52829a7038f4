import Foundation
import Linux
import TestSupport
import Testing
import VolumeModules
import Volumes

/// Volumes in subvolumes of a btrfs that counts them.
@Suite(.requiresRoot(to: "mount a btrfs"), .serialized)
struct SubvolumeTests {
    private func onBtrfs(_ body: (LimitedHost) async throws -> Void) async throws {
        try await LimitedHost.run(on: "btrfs") {
            try runTool("btrfs", "quota", "enable", $0)
        } _: {
            try await body($0)
        }
    }

    @Test func `a limit holds from the moment that create answers`() async throws {
        try await onBtrfs { host in
            let volume = try await host.create(["size": "16m", "mode": "1777"])
            #expect(volume.handle["backing"] == "subvolume")
            let written = try host.fill(volume, 64 << 20)
            #expect(written <= 16 << 20 && written > 12 << 20, "\(written)")
            #expect(try FileStatus(of: host.driver.path(of: volume)).mode == 0o1777)
            try OpenFile(host.root + "/home", for: .directory).syncFilesystem()
            let usage = try await host.usage(of: volume)
            #expect(usage.limit == 16 << 20)
            #expect(try #require(usage.used) >= Int64(written))
            #expect(usage.method == .qgroup)
            try await host.remove(volume)
        }
    }

    @Test func `it grows and shrinks, but not below what is used`() async throws {
        try await onBtrfs { host in
            var volume = try await host.create(["size": "16m"])
            _ = try host.fill(volume, 64 << 20)
            volume.handle = try await host.driver.resize(
                volume, to: Limits(size: ByteCount("64m")), isAttached: true)
            #expect(try host.fill(volume, 32 << 20, file: "more") == 32 << 20)
            await #expect(throws: VolumeError.self) {
                _ = try await host.driver.resize(
                    volume, to: Limits(size: ByteCount("32m")), isAttached: true)
            }
            volume.handle = try await host.driver.resize(
                volume, to: Limits(size: ByteCount("52m")), isAttached: true)
            #expect(try await host.usage(of: volume).limit == 52 << 20)
        }
    }

    @Test func `a volume without a limit is counted too`() async throws {
        try await onBtrfs { host in
            let volume = try await host.create([:])
            _ = try host.fill(volume, 4 << 20)
            try OpenFile(host.root + "/home", for: .directory).syncFilesystem()
            let usage = try await host.usage(of: volume)
            #expect(usage.limit == nil && usage.method == .qgroup)
            #expect(try #require(usage.used) >= 4 << 20)
        }
    }

    @Test func `a limit that was lost holds again after a start`() async throws {
        try await onBtrfs { host in
            let volume = try await host.create(["size": "16m"])
            try runTool("btrfs", "qgroup", "limit", "none", host.driver.path(of: volume))
            #expect(try await host.usage(of: volume).limit == nil)
            #expect(try await host.restarted().recover([volume], attached: []) == [])
            #expect(try await host.usage(of: volume).limit == 16 << 20)
        }
    }

    @Test func `a removed one leaves no subvolume and no qgroup`() async throws {
        try await onBtrfs { host in
            let volume = try await host.create(["size": "16m"])
            try runTool("btrfs", "subvolume", "create", host.driver.path(of: volume) + "/nested")
            try await host.remove(volume)
            let home = host.root + "/home"
            #expect(try runTool("btrfs", "subvolume", "list", home) == "")
            try runTool("btrfs", "subvolume", "sync", home)
            try OpenFile(home, for: .directory).syncFilesystem()
            try await eventually("its qgroup is gone", within: .seconds(60)) {
                try OpenFile(home, for: .directory).syncFilesystem()
                let groups = try runTool("btrfs", "qgroup", "show", home)
                return groups.split(separator: "\n").filter { $0.contains("0/25") }.isEmpty
            }
        }
    }

    @Test func `without quota on the filesystem a size is an image's`() async throws {
        try await LimitedHost.run(on: "btrfs") { host in
            let volume = try await host.create(["size": "16m"])
            #expect(volume.handle["backing"] == "image")
            #expect(volume.handle["reason"]?.contains("btrfs quota enable") == true)
        }
    }
}
