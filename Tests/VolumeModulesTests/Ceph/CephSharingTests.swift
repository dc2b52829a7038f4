import Foundation
import Glibc
import Linux
import TestSupport
import Testing
import Volumes

@testable import VolumeModules

/// A pool that several hosts were told of.
@Suite(.requiresCeph, .cephCluster, .serialized, .timeLimit(.minutes(5)))
struct CephSharingTests {
    /// What both hosts' files say.
    private static func settings(_ cluster: TestCeph) throws -> CephSettings {
        try CephSettings([
            "default": [
                "conf": cluster.configuration, "user": "volumes", "size": "48m",
                "mount-options": "noatime",
            ],
            "west": ["conf": cluster.configuration, "user": "admin", "pool": "data"],
        ])
    }

    private func bare(_ name: String, _ options: [String: String] = [:]) throws -> Volume {
        Volume(
            id: Surroundings.randomID(), name: try VolumeName(name), driver: "ceph",
            options: options.isEmpty ? nil : options, labels: ["stage": "test"],
            createdAt: Date())
    }

    private func made(_ volume: Volume, by host: CephHost) async throws -> Volume {
        var volume = volume
        volume.handle = try await host.driver.create(volume)
        volume.phase = .ready
        return volume
    }

    @Test func `what the file says holds where a volume says nothing`() async throws {
        try await CephHost.two(Self.settings) { host, _ in
            let volume = try await made(bare("plain"), by: host)
            #expect(volume.handle["size"] == "\(48 << 20)")
            #expect(volume.handle["pool"] == "rbd")
            try await host.attach(volume)
            let entry = try MountTable().entries.last {
                $0.path.hasPrefix(host.root) && $0.type == "ext4"
            }
            #expect(entry?.options.contains("noatime") == true)
            try await host.detach(volume)
            let far = try await made(bare("far", ["cluster": "west", "Size": "16m"]), by: host)
            #expect(try host.cluster.rbd("ls", "data") == "far\n")
            await #expect {
                _ = try await made(bare("none", ["cluster": "east"]), by: host)
            } throws: { "\($0)".contains("the configuration file has default, west") }

            // Volumes stay where they are whatever the file says next.
            let moved = try CephSettings(["default": ["pool": "elsewhere"]])
            let options = try moved.options([:], handle: volume.handle)
            #expect(options.pool == "rbd" && options.configuration == host.cluster.configuration)
            try await host.removed(volume)
            try await host.removed(far)
            #expect(try host.cluster.rbd("ls", "data") == "")
        }
    }

    @Test func `another host lists and uses what the first one made, and never deletes it`()
        async throws
    {
        try await CephHost.two(Self.settings) { one, other in
            let volume = try await made(bare("both", ["fs": "ext4"]), by: one)
            let far = try await made(bare("far", ["cluster": "west", "size": "16m"]), by: one)
            try one.cluster.rbd("create", "--size", "8M", "rbd/foreign")
            try await one.attach(volume)
            try one.write("first", to: "note", in: volume)
            try await one.detach(volume)

            for _ in 0..<2 {
                let found = await other.driver.shared()
                #expect(found.warnings == [])
                #expect(found.volumes.map(\.name.description).sorted() == ["both", "far"])
            }
            let same = try #require(try await other.driver.shared(volume.name))
            #expect(same.id == volume.id)
            #expect(same.labels == ["stage": "test"])
            #expect(same.options == ["fs": "ext4"])
            #expect(try await other.driver.shared(VolumeName("foreign")) == nil)
            #expect(try await other.driver.shared(far.name)?.options?["cluster"] == "west")

            try await other.attach(same)
            #expect(try other.read("note", in: same) == "first")
            await #expect {
                try await one.attach(volume)
            } throws: { "\($0)".contains("in use elsewhere") }
            try await other.detach(same)
            try await other.removed(same)
            try await one.attach(volume)
            #expect(try one.read("note", in: volume) == "first", "it was only forgotten there")
            try await one.detach(volume)
            // A host that lost its records, but not its name, made it all the same.
            let again = try #require(try await one.driver.shared(volume.name))
            try await one.removed(again)
            try await one.removed(far)
            try one.cluster.rbd("rm", "--no-progress", "rbd/foreign")
            #expect(await other.driver.shared().volumes == [])
        }
    }

    @Test func `a list of a cluster that is away fails in time, and holds nothing up`()
        async throws
    {
        try await CephHost.two(Self.settings) { host, _ in
            let volume = try await made(bare("stays"), by: host)
            let away = try bare("away")
            #expect(await host.driver.shared().volumes.map(\.id) == [volume.id])
            do {
                try host.cluster.signal(SIGSTOP)
                defer { try? host.cluster.signal(SIGCONT) }
                let start = ContinuousClock.now
                let found = await host.driver.shared()
                #expect(found.volumes == [] && found.warnings.count == 2, "\(found)")
                let usage = await host.driver.usage(of: [volume], countedOnly: false)
                #expect(usage[volume.id]?.limit == 48 << 20, "the size is known all the same")
                #expect(ContinuousClock.now - start < .seconds(40))
                await #expect(throws: VolumeError.self) {
                    try await host.driver.shared(insteadOf: away)
                }
            }
            try await eventually("it is listed again", within: .seconds(60)) {
                await host.driver.shared().volumes.map(\.id) == [volume.id]
            }
            try await host.removed(volume)
        }
    }

    @Test(arguments: [
        (["west": ["pool": "a"]], "its conf must be given"),
        (["default": ["poool": "a"]], "has no option"),
        (["default": ["key": "secret"]], "has no option"),
        (["default": ["image": "a"]], "has no option"),
        (["default": ["fs": "ntfs"]], "use ext4, xfs or btrfs"),
        (["default": ["size": "10x"]], "invalid size"),
    ])
    func `a file that makes no sense is refused in words`(
        _ clusters: [String: [String: String]], _ words: String
    ) {
        #expect {
            _ = try CephSettings(clusters)
        } throws: { "\($0)".contains(words) }
    }
}
