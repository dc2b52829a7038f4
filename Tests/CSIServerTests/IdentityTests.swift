import CSIAPI
import GRPCCore
import SwiftProtobuf
import TestSupport
import Testing

/// What an orchestrator learns before it asks for anything.
@Suite(.requiresRoot(to: "run pouchd"))
struct IdentityTests {
    @Test func `it says who it is, what it can do, and that it is ready`() async throws {
        try await Host.running { host in
            let info = try await host.ask { try await $0.identity.getPluginInfo(.init()) }
            #expect(info.name == "csi.pouch" && !info.vendorVersion.isEmpty)
            let abilities = try await host.ask {
                try await $0.identity.getPluginCapabilities(.init())
            }.capabilities
            #expect(
                abilities == [
                    .with { $0.service.type = .controllerService },
                    .with { $0.service.type = .volumeAccessibilityConstraints },
                    .with { $0.volumeExpansion.type = .online },
                ])
            #expect(try await host.ask { try await $0.identity.probe(.init()) }.ready.value)
            let node = try await host.ask { try await $0.node.nodeGetInfo(.init()) }
            #expect(node.nodeID == Host.node && node.maxVolumesPerNode == 0)
            #expect(
                node.accessibleTopology.segments == ["topology.csi.pouch/host": Host.node])
        }
    }

    /// Older clients reject numbers that they don't know.
    @Test func `only numbers that every client knows are announced`() async throws {
        try await Host.running { host in
            let controller = try await host.ask {
                try await $0.controller.controllerGetCapabilities(.init())
            }.capabilities.map(\.rpc.type.rawValue)
            #expect(controller == [1, 3, 4, 9])
            let node = try await host.ask { try await $0.node.nodeGetCapabilities(.init()) }
                .capabilities.map(\.rpc.type.rawValue)
            #expect(node == [1, 2])
        }
    }

    @Test func `what is not announced is not implemented`() async throws {
        try await Host.running { host in
            let codes = [
                try await host.code {
                    try await $0.controller.controllerPublishVolume(
                        .with {
                            $0.volumeID = "data"
                            $0.nodeID = Host.node
                        })
                },
                try await host.code { try await $0.controller.controllerUnpublishVolume(.init()) },
                try await host.code { try await $0.controller.createSnapshot(.init()) },
                try await host.code { try await $0.controller.deleteSnapshot(.init()) },
                try await host.code { try await $0.controller.listSnapshots(.init()) },
                try await host.code { try await $0.controller.controllerGetVolume(.init()) },
                try await host.code { try await $0.controller.controllerModifyVolume(.init()) },
                try await host.code { try await $0.node.nodeExpandVolume(.init()) },
            ]
            #expect(codes.allSatisfy { $0 == .unimplemented }, "\(codes)")
        }
    }

    @Test(arguments: ["localhost", "/var/lib/kubelet/plugins/csi.pouch/csi.sock"])
    func `it answers whatever a client calls it`(authority: String) async throws {
        try await Host.running { host in
            let answer = try await host.ask(authority: authority) {
                try await $0.identity.probe(.init())
            }
            #expect(answer.ready.value)
        }
    }

    /// Clients in Go ping with nearly every call.
    @Test func `a thousand calls are answered on one line`() async throws {
        try await Host.running { host in
            try await host.ask { services in
                for _ in 0..<1000 { _ = try await services.identity.probe(.init()) }
            }
        }
    }
}
