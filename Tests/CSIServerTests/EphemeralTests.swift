import CSIAPI
import GRPCCore
import Linux
import SwiftProtobuf
import TestSupport
import Testing

/// Volumes that a workload brings with it, and that go with it.
@Suite(.requiresRoot(to: "mount volumes"))
struct EphemeralTests {
    /// As a kubelet makes them.
    private static let id = "csi-" + String(repeating: "0a", count: 32)

    private func publishing(
        _ host: Host, _ attributes: [String: String] = [:]
    ) throws -> Csi_V1_NodePublishVolumeRequest {
        try host.publishing(Self.id, for: "pod").with {
            $0.stagingTargetPath = ""
            $0.volumeContext = attributes.merging([
                "csi.storage.k8s.io/ephemeral": "true", "csi.storage.k8s.io/pod.name": "web-0",
                "csi.storage.k8s.io/serviceAccount.tokens": "hunter2",
            ]) { $1 }
        }
    }

    @Test(arguments: [[:], ["driver": "tmpfs", "size": "4m"], ["size": "8m", "fs": "ext4"]])
    func `it comes with its workload, and goes with it`(
        attributes: [String: String]
    ) async throws {
        try await Host.running { host in
            let request = try publishing(host, attributes)
            for _ in 1...2 {
                _ = try await host.ask { try await $0.node.nodePublishVolume(request) }
            }
            try write("here", to: request.targetPath + "/note")
            if attributes["size"] != nil {
                #expect(!fill(request.targetPath + "/large", megabytes: 10))
            }
            let shown = host.pouch("volume", "inspect", Self.id)
            #expect(shown.contains("\"csi.pod.name\": \"web-0\""), "\(shown)")
            #expect(!shown.contains("hunter2") && !host.log.contains("hunter2"))
            for _ in 1...2 { try await host.unpublish(Self.id, from: "pod") }
            #expect(try await host.volumes().isEmpty)
            #expect(!exists(request.targetPath))
        }
    }

    /// Whoever may run a workload is nobody whom the host trusts.
    @Test(arguments: [
        ["mount": "/etc"], ["type": "none", "device": "/etc", "o": "bind"], ["driver": "ceph"],
        ["colour": "red"], ["size": "nonsense"],
    ])
    func `a workload reaches nothing of the host's, and a refusal leaves nothing`(
        attributes: [String: String]
    ) async throws {
        try await Host.running { host in
            let request = try publishing(host, attributes)
            let code = try await host.code { try await $0.node.nodePublishVolume(request) }
            #expect(code == .invalidArgument)
            #expect(try await host.volumes().isEmpty)
            #expect(!exists(request.targetPath))
        }
    }

    @Test func `one that could not be shown is not kept`() async throws {
        try await Host.running { host in
            let request = try publishing(host).with { $0.targetPath = host.root + "/no/mount" }
            let code = try await host.code { try await $0.node.nodePublishVolume(request) }
            #expect(code == .failedPrecondition)
            #expect(try await host.volumes().isEmpty)
        }
    }

    @Test(arguments: ["release.recorded", "remove.marked", "remove.setAside"])
    func `its end is finished after a crash`(step: String) async throws {
        try await Host.running { host in
            try await host.stop()
            try await host.start(dyingAt: step)
            let request = try publishing(host)
            _ = try await host.ask { try await $0.node.nodePublishVolume(request) }
            await #expect(throws: RPCError.self) {
                try await host.unpublish(Self.id, from: "pod")
            }
            try await host.died()
            try await host.start()
            try await host.unpublish(Self.id, from: "pod")
            #expect(try await host.volumes().isEmpty)
        }
    }

    @Test func `a volume that is there already is not made a workload's`() async throws {
        try await Host.running { host in
            _ = host.pouch("volume", "create", Self.id)
            let request = try publishing(host)
            let code = try await host.code { try await $0.node.nodePublishVolume(request) }
            #expect(code == .alreadyExists)
            try await host.unpublish(Self.id, from: "pod")
            #expect(try await host.volumes() == [Self.id])
        }
    }
}
