import Foundation
import Linux
import TestSupport
import Testing
import Volumes

@testable import VolumeModules

/// What a volume held once, and volumes that begin as that.
@Suite(.requiresCeph, .cephCluster, .serialized, .timeLimit(.minutes(5)))
struct CephSnapshotTests {
    private func name(_ text: String) throws -> SnapshotName { try SnapshotName(text) }

    @Test func `snapshots are taken, listed and removed, whether the volume is attached or not`()
        async throws
    {
        try await CephHost.one { host in
            let volume = try await host.created("snaps")
            try await host.driver.takeSnapshot(name("blank"), of: volume)
            try await host.attach(volume)
            try await host.driver.takeSnapshot(name("used-1"), of: volume)
            try await host.driver.takeSnapshot(name("used-1"), of: volume)
            let all = try await host.driver.snapshots(of: volume)
            #expect(all.map(\.name.description) == ["blank", "used-1"])
            #expect(all.allSatisfy { $0.size == 32 << 20 })
            #expect(all.allSatisfy { abs($0.createdAt.timeIntervalSinceNow) < 600 })
            try await host.driver.removeSnapshot(name("blank"), of: volume)
            try await host.detach(volume)
            try await host.driver.removeSnapshot(name("used-1"), of: volume)
            try await host.driver.removeSnapshot(name("used-1"), of: volume)
            #expect(try await host.driver.snapshots(of: volume) == [])
            #expect(
                try await host.driver.status(of: volume, walking: true)["Holder"] == nil,
                "the lease was for this alone")
            try await host.removed(volume)
        }
    }

    @Test func `a volume becomes again what it was`() async throws {
        try await CephHost.one { host in
            var volume = try await host.created("back")
            try await host.driver.takeSnapshot(name("blank"), of: volume)
            try await host.attach(volume)
            try host.write("one", to: "note", in: volume)
            try await host.driver.takeSnapshot(name("one"), of: volume)
            try host.write("two", to: "note", in: volume)
            await #expect {
                _ = try await host.driver.rollBack(volume, to: name("one"))
            } throws: { "\($0)".contains("busy with its users") }
            try await host.detach(volume)
            volume.handle = try await host.driver.resize(
                volume, to: Limits(size: ByteCount(bytes: 64 << 20)), isAttached: false)

            volume.handle = try await host.driver.rollBack(volume, to: name("one"))
            #expect(volume.handle["size"] == "\(32 << 20)")
            try await host.attach(volume)
            #expect(try host.read("note", in: volume) == "one")
            try await host.detach(volume)

            volume.handle = try await host.driver.rollBack(volume, to: name("blank"))
            try await host.attach(volume)
            #expect(!FileManager.default.fileExists(atPath: host.path("note", in: volume)))
            try await host.detach(volume)
            await #expect {
                _ = try await host.driver.rollBack(volume, to: name("none"))
            } throws: { "\($0)".contains("it has no snapshot none") }
            for snapshot in ["blank", "one"] {
                try await host.driver.removeSnapshot(name(snapshot), of: volume)
            }
            try await host.removed(volume)
        }
    }

    @Test func `a roll back that was cut short is finished before the volume is used`()
        async throws
    {
        try await CephHost.one { host in
            let volume = try await host.created("half")
            try await host.attach(volume)
            try host.write("one", to: "note", in: volume)
            try await host.driver.takeSnapshot(name("one"), of: volume)
            try host.write("two", to: "note", in: volume)
            try await host.detach(volume)
            // All that the machine got to before it stopped.
            try host.cluster.rbd("image-meta", "set", "rbd/half", "pouch.rolling-back", "one")
            await #expect {
                try await host.driver.removeSnapshot(name("one"), of: volume)
            } throws: { "\($0)".contains("becoming snapshot one again") }
            try await host.attach(volume)
            #expect(try host.read("note", in: volume) == "one")
            try await host.detach(volume)
            try await host.driver.removeSnapshot(name("one"), of: volume)
            try await host.removed(volume)
        }
    }

    @Test(arguments: ["ext4", "xfs"])
    func `a snapshot under write has all that was written, and a clone of it begins with that`(
        _ filesystem: String
    ) async throws {
        try await CephHost.one { host in
            let volume = try await host.created(
                "source-\(filesystem)", ["fs": filesystem, "size": "320m"])
            try await host.attach(volume)
            // Not synced: only a filesystem that is held still has it in its image.
            try runTool(
                "dd", "if=/dev/urandom", "of=\(host.path("big", in: volume))", "bs=1M",
                "count=8")
            try await host.driver.takeSnapshot(name("now"), of: volume)
            try host.write("later", to: "later", in: volume)

            let options = try host.driver.options(ofClone: name("now"), of: volume)
            #expect(options["base"] == "rbd/source-\(filesystem)@now")
            let clone = try await host.created(
                "clone-\(filesystem)", options.merging(["size": "400m"]) { $1 })
            try await host.attach(clone)
            try runTool("cmp", host.path("big", in: volume), host.path("big", in: clone))
            #expect(!FileManager.default.fileExists(atPath: host.path("later", in: clone)))
            try host.write("own", to: "own", in: clone)
            #expect(try size(of: clone, host) > 320 << 20, "it grew with its image")
            try await host.detach(clone)

            try await expectNeeded(volume, by: clone, host)
            try await host.removed(clone)
            try await host.detach(volume)
            try await host.driver.removeSnapshot(name("now"), of: volume)
            try await host.removed(volume)
        }
    }

    /// Bytes that its filesystem has.
    private func size(of volume: Volume, _ host: CephHost) throws -> UInt64 {
        try OpenFile(host.driver.path(of: volume), for: .directory).filesystemUsage().size
    }

    /// The first volume stays until the second one shares nothing with it any more.
    private func expectNeeded(
        _ volume: Volume, by clone: Volume, _ host: CephHost
    ) async throws {
        try await host.detach(volume)
        await #expect {
            try await host.driver.remove(volume)
        } throws: { error in
            let text = "\(error)"
            return text.contains("rbd/\(clone.name) began as one of them")
        }
        try await host.driver.flatten(clone)
        try await host.driver.flatten(clone)
        await #expect {
            try await host.driver.remove(volume)
        } throws: { "\($0)".contains("rbd snap purge") }
        try await host.attach(clone)
        #expect(try host.read("own", in: clone) == "own")
        try await host.detach(clone)
        try await host.attach(volume)
    }

    @Test func `a clone of what has no filesystem, is not there or is larger is refused`()
        async throws
    {
        try await CephHost.one { host in
            let volume = try await host.created("bare")
            try await host.driver.takeSnapshot(name("blank"), of: volume)
            for (base, size, words) in [
                ("rbd/bare@blank", nil, "no ext4, xfs or btrfs in it"),
                ("rbd/bare@none", nil, "there is no such image or snapshot"),
                ("rbd/none@blank", nil, "there is no such image or snapshot"),
            ] as [(String, String?, String)] {
                await #expect {
                    _ = try await host.created("of-bare", ["base": base, "size": size ?? "32m"])
                } throws: { "\($0)".contains(words) }
            }
            try await host.attach(volume)
            try await host.driver.takeSnapshot(name("used"), of: volume)
            await #expect {
                _ = try await host.created("of-bare", ["base": "rbd/bare@used", "size": "16m"])
            } throws: { "\($0)".contains("can't shrink") }
            try await host.detach(volume)
            for snapshot in ["blank", "used"] {
                try await host.driver.removeSnapshot(name(snapshot), of: volume)
            }
            try await host.removed(volume)
            #expect(try host.cluster.rbd("ls", "rbd") == "", "no draft is left")
        }
    }

    @Test func `what a daemon that died held still goes on when the next one starts`()
        async throws
    {
        try await CephHost.one { host in
            let volume = try await host.created("still")
            try await host.attach(volume)
            try OpenFile(host.driver.path(of: volume), for: .directory).freezeFilesystem()
            let next = try host.restarted()
            #expect(try await next.driver.recover([volume], attached: [volume.id]) == [])
            try next.write("on", to: "note", in: volume)
            try await next.detach(volume)
            try await next.removed(volume)
        }
    }

    @Test(arguments: ["", "-a", ".a", "a b", "a@b", "a/b", String(repeating: "a", count: 129)])
    func `names of snapshots that could be taken for something else are refused`(_ text: String) {
        #expect(throws: VolumeError.self) { try SnapshotName(text) }
    }
}
