import CSIAPI
import GRPCCore
import SwiftProtobuf
import TestSupport
import Testing

/// Fields that a call must have come before everything else, then what must exist.
@Suite(.requiresRoot(to: "run pouchd"))
struct FieldTests {
    private typealias Call = @Sendable (Host.Services) async throws -> Void

    /// Each lacks, or spoils, one field, and names a volume that is not there.
    private static let lacking: [(String, Call)] = [
        (
            "create without name",
            { _ = try await $0.controller.createVolume(Host.creation("")) }
        ),
        (
            "create without capabilities",
            { _ = try await $0.controller.createVolume(.with { $0.name = "data" }) }
        ),
        (
            "create without access type",
            {
                _ = try await $0.controller.createVolume(
                    Host.creation("data", for: .with { $0.accessMode.mode = .singleNodeWriter }))
            }
        ),
        (
            "create without access mode",
            {
                _ = try await $0.controller.createVolume(
                    Host.creation("data", for: .with { $0.mount = .init() }))
            }
        ),
        (
            "create with a size below zero",
            {
                _ = try await $0.controller.createVolume(
                    Host.creation("data").with { $0.capacityRange.requiredBytes = -1 })
            }
        ),
        ("delete without id", { _ = try await $0.controller.deleteVolume(.init()) }),
        (
            "validate without id",
            {
                _ = try await $0.controller.validateVolumeCapabilities(
                    .with { $0.volumeCapabilities = [Host.mount()] })
            }
        ),
        (
            "validate without capabilities",
            {
                _ = try await $0.controller.validateVolumeCapabilities(
                    .with { $0.volumeID = "none" })
            }
        ),
        (
            "list with less than none",
            { _ = try await $0.controller.listVolumes(.with { $0.maxEntries = -1 }) }
        ),
        (
            "expand without id",
            {
                _ = try await $0.controller.controllerExpandVolume(
                    .with { $0.capacityRange.requiredBytes = 1 << 20 })
            }
        ),
        (
            "expand without a size",
            {
                _ = try await $0.controller.controllerExpandVolume(.with { $0.volumeID = "none" })
            }
        ),
        (
            "stage without id",
            {
                _ = try await $0.node.nodeStageVolume(
                    .with {
                        $0.stagingTargetPath = "/none"
                        $0.volumeCapability = Host.mount()
                    })
            }
        ),
        (
            "stage without path",
            {
                _ = try await $0.node.nodeStageVolume(
                    .with {
                        $0.volumeID = "none"
                        $0.volumeCapability = Host.mount()
                    })
            }
        ),
        (
            "stage without capability",
            {
                _ = try await $0.node.nodeStageVolume(
                    .with {
                        $0.volumeID = "none"
                        $0.stagingTargetPath = "/none"
                    })
            }
        ),
        (
            "unstage without id",
            {
                _ = try await $0.node.nodeUnstageVolume(.with { $0.stagingTargetPath = "/none" })
            }
        ),
        (
            "unstage without path",
            { _ = try await $0.node.nodeUnstageVolume(.with { $0.volumeID = "none" }) }
        ),
        (
            "publish without id",
            {
                _ = try await $0.node.nodePublishVolume(
                    .with {
                        $0.targetPath = "/none"
                        $0.volumeCapability = Host.mount()
                    })
            }
        ),
        (
            "publish without target",
            {
                _ = try await $0.node.nodePublishVolume(
                    .with {
                        $0.volumeID = "none"
                        $0.volumeCapability = Host.mount()
                    })
            }
        ),
        (
            "publish without capability",
            {
                _ = try await $0.node.nodePublishVolume(
                    .with {
                        $0.volumeID = "none"
                        $0.targetPath = "/none"
                    })
            }
        ),
        (
            "unpublish without id",
            { _ = try await $0.node.nodeUnpublishVolume(.with { $0.targetPath = "/none" }) }
        ),
        (
            "unpublish without target",
            { _ = try await $0.node.nodeUnpublishVolume(.with { $0.volumeID = "none" }) }
        ),
        (
            "stats without id",
            { _ = try await $0.node.nodeGetVolumeStats(.with { $0.volumePath = "/none" }) }
        ),
        (
            "stats without path",
            { _ = try await $0.node.nodeGetVolumeStats(.with { $0.volumeID = "none" }) }
        ),
    ]

    @Test
    func `a call that lacks a field is refused before it is looked whether the volume exists`()
        async throws
    {
        try await Host.running { host in
            for (name, call) in Self.lacking {
                let code = try await host.code(call)
                #expect(code == .invalidArgument, "\(name)")
            }
            #expect(try await host.volumes().isEmpty)
        }
    }

    @Test(arguments: ["none", "/none/../else", "none/", "/"])
    func `a path that is not absolute, or leads back, is refused`(path: String) async throws {
        try await Host.running { host in
            let stage = try await host.code {
                try await $0.node.nodeStageVolume(
                    .with {
                        $0.volumeID = "none"
                        $0.stagingTargetPath = path
                        $0.volumeCapability = Host.mount()
                    })
            }
            let unpublish = try await host.code {
                try await $0.node.nodeUnpublishVolume(
                    .with {
                        $0.volumeID = "none"
                        $0.targetPath = path
                    })
            }
            #expect(stage == .invalidArgument && unpublish == .invalidArgument)
        }
    }

    @Test func `a volume that is not there is not found, and its deletion is done already`()
        async throws
    {
        try await Host.running { host in
            let calls: [Call] = [
                {
                    _ = try await $0.controller.validateVolumeCapabilities(
                        .with {
                            $0.volumeID = "none"
                            $0.volumeCapabilities = [Host.mount()]
                        })
                },
                {
                    _ = try await $0.controller.controllerExpandVolume(
                        .with {
                            $0.volumeID = "none"
                            $0.capacityRange.requiredBytes = 1 << 20
                        })
                },
                { _ = try await $0.node.nodeStageVolume(host.staging("none")) },
                { _ = try await $0.node.nodePublishVolume(host.publishing("none", for: "pod")) },
                {
                    _ = try await $0.node.nodeUnstageVolume(
                        .with {
                            $0.volumeID = "none"
                            $0.stagingTargetPath = "/none"
                        })
                },
                {
                    _ = try await $0.node.nodeUnpublishVolume(
                        .with {
                            $0.volumeID = "../none"
                            $0.targetPath = "/none"
                        })
                },
                {
                    _ = try await $0.node.nodeGetVolumeStats(
                        .with {
                            $0.volumeID = "none"
                            $0.volumePath = "/none"
                        })
                },
            ]
            for (number, call) in calls.enumerated() {
                #expect(try await host.code(call) == .notFound, "call \(number)")
            }
            try await host.delete("none")
            try await host.delete("../../etc")
        }
    }
}

extension Csi_V1_CreateVolumeRequest {
    /// With some fields changed.
    func with(_ change: (inout Self) -> Void) -> Self {
        var changed = self
        change(&changed)
        return changed
    }
}
