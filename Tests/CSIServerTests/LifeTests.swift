import CSIAPI
import FoundationEssentials
import GRPCCore
import Linux
import SwiftProtobuf
import TestSupport
import Testing

/// A volume's way to a workload and back.
@Suite(.requiresRoot(to: "mount volumes"))
struct LifeTests {
    static let kinds: [[String: String]] = [
        ["driver": "local"], ["driver": "tmpfs"], ["fs": "ext4"],
    ]

    @Test(arguments: LifeTests.kinds)
    func `data is seen by one workload after the other, each step asked for twice`(
        parameters: [String: String]
    ) async throws {
        try await Host.running { host in
            try await host.create("data", size: 16 << 20, parameters: parameters)
            for number in 1...2 {
                for _ in 1...2 { try await host.give("data", to: "pod-\(number)") }
                #expect(try host.mounts().count == 2)
                let note = host.target("pod-\(number)") + "/note"
                if number == 1 { try write("kept", to: note) }
                #expect(try read(note) == "kept")
                for _ in 1...2 { try await host.unpublish("data", from: "pod-\(number)") }
                #expect(!exists(host.target("pod-\(number)")), "the target is ours to remove")
            }
            for _ in 1...2 { try await host.unstage("data") }
            #expect(exists(host.stagingPath("data")), "the staging directory is theirs")
            #expect(
                try FileManager.default.contentsOfDirectory(
                    atPath: host.stagingPath("data")
                ).isEmpty)
            try await host.delete("data")
        }
    }

    @Test func `files outlive being unstaged, and memory does not`() async throws {
        try await Host.running { host in
            for (driver, isKept) in [("local", true), ("tmpfs", false)] {
                try await host.create(driver, parameters: ["driver": driver])
                try write("kept", to: try await host.give(driver, to: "pod") + "/note")
                try await host.takeBack(driver, from: "pod")
                #expect(exists(try await host.give(driver, to: "pod") + "/note") == isKept)
                try await host.takeBack(driver, from: "pod")
            }
        }
    }

    @Test func `read-only is so for that workload alone`() async throws {
        try await Host.running { host in
            let shared = Host.mount(.multiNodeMultiWriter)
            try await host.create("data", for: shared)
            let writer = try await host.give("data", to: "writer", as: shared)
            let reader = try await host.give("data", to: "reader", as: shared, readOnly: true)
            try write("seen", to: writer + "/note")
            #expect(try read(reader + "/note") == "seen")
            #expect(throws: (any Error).self) { try write("no", to: reader + "/other") }
            try await host.takeBack("data", from: "writer", "reader")
            let readers = Host.mount(.multiNodeReaderOnly)
            let also = try await host.give("data", to: "mode", as: readers)
            #expect(throws: (any Error).self) { try write("no", to: also + "/other") }
            try await host.takeBack("data", from: "mode")
        }
    }

    @Test func `mount flags hold at the workload's place`() async throws {
        try await Host.running { host in
            let flagged = Host.mount(flags: ["noexec", "nosuid", "nodev", "noatime"])
            try await host.create("data", for: flagged)
            let target = try await host.give("data", to: "pod", as: flagged)
            let options = try #require(try MountTable().entry(at: target)?.options)
            #expect(Set(["noexec", "nosuid", "nodev", "noatime"]).isSubset(of: options))
            try await host.takeBack("data", from: "pod")
        }
    }

    /// A second publish: at the same place with the same words, with others, or at another place.
    @Test(arguments: [
        (Host.Mode.singleNodeWriter, RPCError.Code?.some(.failedPrecondition)),
        (.singleNodeReaderOnly, .failedPrecondition), (.multiNodeReaderOnly, nil),
        (.multiNodeSingleWriter, nil), (.multiNodeMultiWriter, nil),
    ])
    func `whether a second workload may have it depends on the access mode`(
        mode: Host.Mode, other: RPCError.Code?
    ) async throws {
        try await Host.running { host in
            let capability = Host.mount(mode)
            try await host.create("data", for: capability)
            try await host.give("data", to: "one", as: capability)
            let same = try host.publishing("data", for: "one", as: capability)
            let second = try host.publishing("data", for: "two", as: capability)
            #expect(try await host.code { try await $0.node.nodePublishVolume(same) } == nil)
            for request in [
                same.with { $0.readonly = true },
                same.with { $0.volumeCapability.mount.mountFlags = ["noatime"] },
            ] {
                let code = try await host.code { try await $0.node.nodePublishVolume(request) }
                #expect(code == .alreadyExists)
            }
            #expect(try await host.code { try await $0.node.nodePublishVolume(second) } == other)
            #expect(exists(second.targetPath) == (other == nil))
            try await host.takeBack("data", from: "one", "two")
        }
    }

    @Test func `steps out of order are refused, and undo nothing`() async throws {
        try await Host.running { host in
            try await host.create("data")
            let publish = try host.publishing("data", for: "pod")
            let refused = RPCError.Code.failedPrecondition
            #expect(try await host.code { try await $0.node.nodePublishVolume(publish) } == refused)
            let bare = publish.with { $0.stagingTargetPath = "" }
            #expect(try await host.code { try await $0.node.nodePublishVolume(bare) } == refused)
            #expect(!exists(publish.targetPath))
            try await host.unpublish("data", from: "pod")
            try await host.unstage("data")

            let target = try await host.give("data", to: "pod")
            try write("kept", to: target + "/note")
            let elsewhere = try host.staging("data", at: host.root + "/kubelet/second")
            #expect(try await host.code { try await $0.node.nodeStageVolume(elsewhere) } == refused)
            let otherwise = try host.staging("data", as: Host.mount(.multiNodeMultiWriter))
            let code = try await host.code { try await $0.node.nodeStageVolume(otherwise) }
            #expect(code == .alreadyExists)
            let staged = host.stagingPath("data")
            let unstage = try await host.refusal {
                try await $0.node.nodeUnstageVolume(
                    .with {
                        $0.volumeID = "data"
                        $0.stagingTargetPath = staged
                    })
            }
            #expect(unstage.contains(target), "\(unstage)")
            let delete = try await host.code {
                try await $0.controller.deleteVolume(.with { $0.volumeID = "data" })
            }
            #expect(delete == refused)
            #expect(try read(target + "/note") == "kept")
            try await host.unpublish("data", from: "pod")
            let stagedOnly = try await host.code {
                try await $0.controller.deleteVolume(.with { $0.volumeID = "data" })
            }
            #expect(stagedOnly == refused)
            try await host.unstage("data")
            try await host.delete("data")
        }
    }

    @Test func `no file of the host's is hidden, and no mount of somebody else's is touched`()
        async throws
    {
        try await Host.running { host in
            try await host.create("data")
            try await host.stage("data")
            let full = try host.publishing("data", for: "full")
            try FileManager.default.createDirectory(
                atPath: full.targetPath, withIntermediateDirectories: true)
            try write("theirs", to: full.targetPath + "/file")
            let refused = RPCError.Code.failedPrecondition
            #expect(try await host.code { try await $0.node.nodePublishVolume(full) } == refused)
            #expect(try read(full.targetPath + "/file") == "theirs")

            let foreign = try host.publishing("data", for: "foreign")
            try FileManager.default.createDirectory(
                atPath: foreign.targetPath, withIntermediateDirectories: true)
            try runTool("mount", "-t", "tmpfs", "theirs", foreign.targetPath)
            #expect(try await host.code { try await $0.node.nodePublishVolume(foreign) } == refused)
            let target = foreign.targetPath
            let unpublish = try await host.code {
                try await $0.node.nodeUnpublishVolume(
                    .with {
                        $0.volumeID = "data"
                        $0.targetPath = target
                    })
            }
            #expect(unpublish == refused)
            #expect(try MountTable().entry(at: target)?.source == "theirs")
            try runTool("umount", target)

            let lost = try host.publishing("data", for: "lost").with {
                $0.targetPath = host.root + "/nowhere/mount"
            }
            #expect(try await host.code { try await $0.node.nodePublishVolume(lost) } == refused)
            try await host.unstage("data")
            try await host.delete("data")
        }
    }

    /// One count over all doors.
    @Test func `what an orchestrator has is in use for everybody, and the other way round`()
        async throws
    {
        try await Host.running { host in
            try await host.create("data")
            let target = try await host.give("data", to: "pod")
            for answer in [
                host.pouch("volume", "rm", "data"), host.pouch("volume", "rm", "-f", "data"),
            ] {
                #expect(answer.contains(target), "\(answer)")
            }
            let detach = host.pouch("volume", "detach", "--force", "data")
            #expect(detach.contains(host.root + "/kubelet"), "\(detach)")
            try await host.takeBack("data", from: "pod")
            #expect(host.pouch("volume", "rm", "data") == "data\n")
            #expect(host.pouch("volume", "create", "other") == "other\n")
            try write("seen", to: try await host.give("other", to: "pod") + "/note")
            try await host.takeBack("other", from: "pod")
        }
    }
}

extension Csi_V1_NodePublishVolumeRequest {
    /// With some fields changed.
    func with(_ change: (inout Self) -> Void) -> Self {
        var changed = self
        change(&changed)
        return changed
    }
}
