import Foundation
import Linux
import TestSupport
import Testing
import Volumes

@testable import VolumeModules

/// What becomes of an image on one host.
@Suite(.requiresCeph, .cephCluster, .serialized, .timeLimit(.minutes(5)))
struct CephLifeTests {
    @Test func `an image says whose it is, and goes with its volume`() async throws {
        try await CephHost.one { host in
            let volume = try await host.created("life-1", ["object-size": "1M"])
            let said = try host.cluster.rbd("image-meta", "ls", "rbd/life-1")
            for text in ["pouch.volume", "life-1", volume.id, #"{"stage":"test"}"#] {
                #expect(said.contains(text), "\(said)")
            }
            #expect(try host.cluster.rbd("info", "rbd/life-1").contains("order 20"))
            #expect(try await host.driver.create(volume) == volume.handle, "made already")
            try await host.removed(volume)
            #expect(try host.cluster.rbd("ls", "rbd") == "")
        }
    }

    @Test(arguments: ["ext4", "xfs", "btrfs"])
    func `what is written is there after the next attach`(_ filesystem: String) async throws {
        try await CephHost.one { host in
            let volume = try await host.created(
                "fs-\(filesystem)",
                ["fs": filesystem, "size": "320m", "mount-options": "noatime,discard"])
            try await host.attach(volume)
            #expect(
                try FileManager.default.contentsOfDirectory(
                    atPath: host.driver.path(of: volume)) == [], "nothing of mkfs is seen")
            try host.write("kept", to: "note", in: volume)
            let status = try await host.driver.status(of: volume, walking: true)
            #expect(status["Mounted"] == "true")
            #expect(status["Image"] == "rbd/fs-\(filesystem)")
            #expect(status["Size"] == "\(320 << 20)")
            #expect(status["Holder"]?.hasPrefix("host ") == true, "\(status)")
            let entry = try MountTable().entries.last {
                $0.path.hasPrefix(host.root) && $0.type == filesystem
            }
            #expect(entry?.options.contains("noatime") == true)
            try await host.detach(volume)
            #expect(try host.rooms == [])
            #expect(try host.cluster.rbd("status", "rbd/fs-\(filesystem)").contains("none"))

            try await host.attach(volume)
            #expect(try host.read("note", in: volume) == "kept")
            try await host.detach(volume)
            try await host.removed(volume)
        }
    }

    @Test func `a daemon that was started anew takes up what it finds`() async throws {
        try await CephHost.one { host in
            let volume = try await host.created("restart")
            try await host.attach(volume)
            let processes = try host.processes()
            let next = try host.restarted()
            #expect(try await next.driver.recover([volume], attached: [volume.id]) == [])
            await next.driver.renewLeases()
            #expect(try host.processes() == processes, "nobody was disturbed")
            try host.write("on", to: "note", in: volume)
            // And once more, when nobody uses it any more.
            let last = try host.restarted()
            #expect(try await last.driver.recover([volume], attached: []) == [])
            #expect(try host.rooms == [])
            #expect(try await last.driver.status(of: volume, walking: true)["Holder"] == nil)
            try await last.removed(volume)
        }
    }

    @Test func `what belongs to no volume is taken down at the start`() async throws {
        try await CephHost.one { host in
            let volume = try await host.created("stranger")
            try await host.attach(volume)
            let report = try await host.restarted().driver.recover([], attached: [])
            #expect(report.count == 1 && report[0].contains("belonged to no volume"))
            #expect(try host.rooms == [])
            try await host.removed(volume)
        }
    }

    @Test func `what maps an image is killed: the next attach finds what was synced`()
        async throws
    {
        try await CephHost.one { host in
            let volume = try await host.created("killed")
            try await host.attach(volume)
            try host.write("synced", to: "note", in: volume)
            for process in try host.processes() { kill(process, SIGKILL) }
            #expect(throws: (any Error).self) { try host.write("lost", to: "other", in: volume) }

            try await host.attach(volume)
            #expect(try host.read("note", in: volume) == "synced")
            try await host.detach(volume)
            #expect(try host.rooms == [])
            try await host.removed(volume)
        }
    }

    @Test func `a crash between create and its record leaves nothing`() async throws {
        try await CephHost.one { host in
            let volume = try host.volume("crashed")
            _ = try await host.driver.create(volume)
            // The record that says what create made was never written.
            try await host.removed(volume)
            // Nor was a draft ever finished.
            try host.cluster.rbd("create", "--size", "8M", "rbd/pouch.new.\(volume.id)")
            try await host.removed(volume)
            #expect(try host.cluster.rbd("ls", "rbd") == "")
        }
    }

    @Test func `an image of that name is never taken for one's own`() async throws {
        try await CephHost.one { host in
            try host.cluster.rbd("create", "--size", "8M", "rbd/taken")
            let volume = try host.volume("taken")
            await #expect {
                _ = try await host.driver.create(volume)
            } throws: { "\($0)".contains("image rbd/taken exists already") }
            try await host.removed(volume)
            #expect(try host.cluster.rbd("ls", "rbd") == "taken\n")
            try host.cluster.rbd("rm", "--no-progress", "rbd/taken")
        }
    }

    @Test func `an image with snapshots stays, and says why`() async throws {
        try await CephHost.one { host in
            let volume = try await host.created("snapped")
            try host.cluster.rbd("snap", "create", "--no-progress", "rbd/snapped@one")
            await #expect {
                try await host.driver.remove(volume)
            } throws: { "\($0)".contains("has snapshots") }
            #expect(try host.cluster.rbd("ls", "rbd") == "snapped\n")
            try host.cluster.rbd("snap", "purge", "--no-progress", "rbd/snapped")
            try await host.removed(volume)
        }
    }

    @Test func `what is deleted leaves the pool`() async throws {
        try await CephHost.one { host in
            let volume = try await host.created("discard", ["size": "128m"])
            try await host.attach(volume)
            let big = host.path("big", in: volume)
            try runTool("dd", "if=/dev/urandom", "of=\(big)", "bs=1M", "count=64", "conv=fsync")
            #expect(try used("discard", host) >= 64 << 20)
            try runTool("rm", big)
            try await eventually("its objects go", within: .seconds(60)) {
                _ = try runTool("sync", "-f", host.driver.path(of: volume))
                return try used("discard", host) < 32 << 20
            }
            try await host.detach(volume)
            try await host.removed(volume)
        }
    }

    @Test func `a volume grows while it is mounted, and while it is not`() async throws {
        try await CephHost.one { host in
            var volume = try await host.created("growing", ["fs": "xfs", "size": "320m"])
            try await host.attach(volume)
            try host.write("kept", to: "note", in: volume)
            volume.handle = try await host.driver.resize(
                volume, to: Limits(size: ByteCount(bytes: 400 << 20)), isAttached: true)
            #expect(try await size(of: volume, host) > 320 << 20)
            try await host.detach(volume)
            volume.handle = try await host.driver.resize(
                volume, to: Limits(size: ByteCount(bytes: 480 << 20)), isAttached: false)
            try await host.attach(volume)
            #expect(try await size(of: volume, host) > 400 << 20)
            #expect(try host.read("note", in: volume) == "kept")
            await #expect {
                _ = try await host.driver.resize(
                    volume, to: Limits(size: ByteCount(bytes: 400 << 20)), isAttached: true)
            } throws: { "\($0)".contains("can't shrink") }
            try await host.detach(volume)
            try await host.removed(volume)
        }
    }

    /// Bytes that its filesystem has.
    private func size(of volume: Volume, _ host: CephHost) async throws -> Int64 {
        let usage = await host.driver.usage(of: [volume], countedOnly: true)[volume.id]
        #expect(usage?.limit == volume.handle["size"].flatMap { Int64($0) })
        let root = try OpenFile(host.driver.path(of: volume), for: .directory)
        return Int64(try root.filesystemUsage().size)
    }

    private func used(_ image: String, _ host: CephHost) throws -> Int {
        let line = try host.cluster.python(
            """
            found = []
            with rbd.Image(io, "\(image)", read_only=True) as image:
                image.diff_iterate(0, image.size(), None, lambda o, l, e: found.append(l if e else 0))
            print(sum(found))
            """)
        return Int(line.prefix(while: \.isNumber)) ?? 0
    }
}
