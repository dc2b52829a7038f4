import CSIAPI
import GRPCCore
import SwiftProtobuf
import Synchronization
import TestSupport
import Testing

/// Many calls at once: on one volume one acts, and others are told to come again.
@Suite(.requiresRoot(to: "mount volumes"))
struct ManyAtOnceTests {
    /// Makes many calls at once on one line; returns how each ended.
    private func codes(
        _ host: Host, _ count: Int,
        _ call: @escaping @Sendable (Host.Services, Int) async throws -> Void
    ) async throws -> [RPCError.Code?] {
        try await host.ask { services in
            try await withThrowingTaskGroup(of: RPCError.Code?.self) { group in
                for number in 0..<count {
                    group.addTask {
                        do {
                            try await call(services, number)
                            return nil
                        } catch let error as RPCError {
                            return error.code
                        }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }
    }

    @Test func `a second caller on one volume is told to come again`() async throws {
        try await Host.running { host in
            // With a filesystem to make, the first takes its time.
            let ends = try await codes(host, 20) { services, _ in
                _ = try await services.controller.createVolume(
                    Host.creation("data", size: 64 << 20, for: Host.mount(fs: "ext4")))
            }
            #expect(ends.contains(nil))
            #expect(ends.allSatisfy { $0 == nil || $0 == .aborted }, "\(ends)")
            #expect(ends.contains(.aborted))
            #expect(try await host.volumes() == ["data"])
        }
    }

    @Test func `calls on different volumes don't wait for each other`() async throws {
        try await Host.running { host in
            let ends = try await codes(host, 30) { services, number in
                _ = try await services.controller.createVolume(
                    Host.creation("data-\(number)"))
            }
            #expect(ends.allSatisfy { $0 == nil }, "\(ends)")
            #expect(try await host.volumes().count == 30)
        }
    }

    @Test func `whatever comes at once, there is one outcome`() async throws {
        try await Host.running { host in
            try await host.create("data")
            let stage = try host.staging("data")
            let publish = try host.publishing("data", for: "pod")
            for _ in 1...5 {
                let ends = try await codes(host, 40) { services, number in
                    switch number % 4 {
                    case 0: _ = try await services.node.nodeStageVolume(stage)
                    case 1: _ = try await services.node.nodePublishVolume(publish)
                    case 2:
                        _ = try await services.node.nodeUnpublishVolume(
                            .with {
                                $0.volumeID = "data"
                                $0.targetPath = publish.targetPath
                            })
                    default:
                        _ = try await services.node.nodeUnstageVolume(
                            .with {
                                $0.volumeID = "data"
                                $0.stagingTargetPath = stage.stagingTargetPath
                            })
                    }
                }
                let allowed: [RPCError.Code?] = [nil, .aborted, .failedPrecondition]
                #expect(ends.allSatisfy { allowed.contains($0) }, "\(ends)")
            }
            try await host.takeBack("data", from: "pod")
            #expect(try host.mounts().isEmpty)
            try await host.delete("data")
        }
    }
}
