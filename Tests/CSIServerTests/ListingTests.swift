import CSIAPI
import GRPCCore
import SwiftProtobuf
import TestSupport
import Testing

/// What there is, page by page; what fits; what would do.
@Suite(.requiresRoot(to: "run pouchd"))
struct ListingTests {
    private func page(
        _ host: Host, _ count: Int32, from token: String = ""
    ) async throws -> Csi_V1_ListVolumesResponse {
        try await host.ask {
            try await $0.controller.listVolumes(
                .with {
                    $0.maxEntries = count
                    $0.startingToken = token
                })
        }
    }

    @Test func `pages hold every volume once, whatever comes and goes meanwhile`() async throws {
        try await Host.running { host in
            // Later ones come before earlier ones by name.
            for number in 1...5 { try await host.create("volume-\(9 - number)") }
            let first = try await page(host, 2)
            #expect(first.entries.map(\.volume.volumeID) == ["volume-8", "volume-7"])
            try await host.delete("volume-7")
            try await host.create("a-new-one")
            let second = try await page(host, 2, from: first.nextToken)
            #expect(second.entries.map(\.volume.volumeID) == ["volume-6", "volume-5"])
            let third = try await page(host, 2, from: second.nextToken)
            #expect(third.entries.map(\.volume.volumeID) == ["volume-4", "a-new-one"])
            #expect(third.nextToken.isEmpty)
            #expect(try await page(host, 0).entries.count == 5)
            #expect(try await page(host, 100).nextToken.isEmpty)
        }
    }

    @Test(arguments: ["99", "invalid-token", "4000000000000000-zz"])
    func `a token that is none of ours has the client start again`(token: String) async throws {
        try await Host.running { host in
            let code = try await host.code {
                try await $0.controller.listVolumes(.with { $0.startingToken = token })
            }
            #expect(code == .aborted)
        }
    }

    @Test func `volumes of every door are listed, with their sizes`() async throws {
        try await Host.running { host in
            _ = host.pouch(
                "volume", "create", "-d", "tmpfs", "-o", "size=2m", "scratch")
            try await host.create("data")
            let sizes = try await page(host, 0).entries.map {
                "\($0.volume.volumeID) \($0.volume.capacityBytes)"
            }
            #expect(sizes == ["scratch \(2 << 20)", "data 0"])
        }
    }

    @Test func `it says how much room there is, here and nowhere else`() async throws {
        try await Host.running { host in
            func available(
                _ change: @Sendable (inout Csi_V1_GetCapacityRequest) -> Void
            ) async throws -> Int64 {
                var request = Csi_V1_GetCapacityRequest()
                change(&request)
                let asked = request
                return try await host.ask { try await $0.controller.getCapacity(asked) }
                    .availableCapacity
            }
            let here = try await available {
                $0.accessibleTopology.segments = ["topology.csi.pouch/host": "host-1"]
            }
            let elsewhere = try await available {
                $0.accessibleTopology.segments = ["topology.csi.pouch/host": "host-2"]
            }
            let memory = try await available { $0.parameters = ["driver": "tmpfs"] }
            let blocks = try await available {
                $0.volumeCapabilities = [
                    .with {
                        $0.block = .init()
                        $0.accessMode.mode = .singleNodeWriter
                    }
                ]
            }
            #expect(here > 0 && memory > 0 && elsewhere == 0 && blocks == 0)
        }
    }

    @Test func `what a volume can do is confirmed, what it can't is told`() async throws {
        try await Host.running { host in
            let volume = try await host.create("data", size: 16 << 20, for: Host.mount(fs: "ext4"))
            let context = volume.volumeContext
            func validate(
                _ capability: Csi_V1_VolumeCapability, context: [String: String] = [:]
            ) async throws -> Csi_V1_ValidateVolumeCapabilitiesResponse {
                try await host.ask {
                    try await $0.controller.validateVolumeCapabilities(
                        .with {
                            $0.volumeID = "data"
                            $0.volumeCapabilities = [capability]
                            $0.volumeContext = context
                        })
                }
            }
            for capability in [
                Host.mount(), Host.mount(.multiNodeReaderOnly), Host.mount(fs: "ext4"),
                Host.mount(flags: ["noatime"]),
            ] {
                let answer = try await validate(capability, context: context)
                #expect(answer.confirmed.volumeCapabilities == [capability])
                #expect(answer.confirmed.volumeContext == context)
            }
            let block = Csi_V1_VolumeCapability.with {
                $0.block = .init()
                $0.accessMode.mode = .singleNodeWriter
            }
            for answer in [
                try await validate(block), try await validate(Host.mount(fs: "xfs")),
                try await validate(Host.mount(.singleNodeSingleWriter)),
                try await validate(Host.mount(), context: ["driver": "none"]),
            ] {
                #expect(!answer.hasConfirmed && answer.message.count > 15)
            }
        }
    }
}
