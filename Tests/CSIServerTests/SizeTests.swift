import CSIAPI
import GRPCCore
import Linux
import SwiftProtobuf
import TestSupport
import Testing

/// Sizes that hold, grow while in use, and are told.
@Suite(.requiresRoot(to: "mount volumes"))
struct SizeTests {
    private static let size: Int64 = 16 << 20

    private func stats(_ host: Host, _ id: String, at path: String) async throws
        -> [Csi_V1_VolumeUsage]
    {
        try await host.ask {
            try await $0.node.nodeGetVolumeStats(
                .with {
                    $0.volumeID = id
                    $0.volumePath = path
                })
        }.usage
    }

    @Test(arguments: [["driver": "local"], ["driver": "tmpfs"], ["fs": "ext4"]])
    func `no more fits than was asked for, until it grows, in use`(
        parameters: [String: String]
    ) async throws {
        try await Host.running { host in
            try await host.create("data", size: Self.size, parameters: parameters)
            let target = try await host.give("data", to: "pod")
            #expect(fill(target + "/small", megabytes: 8))
            #expect(!fill(target + "/large", megabytes: 20))
            try runTool("rm", target + "/large")
            try await self.makeGrowable(host)
            let answer = try await host.expand("data", to: Self.size * 4)
            try await host.give("data", to: "pod")
            #expect(answer.capacityBytes == Self.size * 4 && !answer.nodeExpansionRequired)
            #expect(fill(target + "/large", megabytes: 20))
            // What it has is enough.
            #expect(try await host.expand("data", to: Self.size).capacityBytes == Self.size * 4)
            let listed = try await host.ask { try await $0.controller.listVolumes(.init()) }
            #expect(listed.entries.map(\.volume.capacityBytes) == [Self.size * 4])
            try await host.takeBack("data", from: "pod")
        }
    }

    /// An ext4 in use grows only for who has a privilege that a machine in a container may lack.
    private func makeGrowable(_ host: Host) async throws {
        let words = try await host.refusal {
            try await $0.controller.controllerExpandVolume(
                .with {
                    $0.volumeID = "data"
                    $0.capacityRange.requiredBytes = Self.size * 2
                })
        }
        guard !words.isEmpty else { return }
        #expect(words.contains("CAP_SYS_RESOURCE") && !Privilege.canPassQuota, "\(words)")
        try await host.takeBack("data", from: "pod")
    }

    @Test func `a filesystem of its own grows in use`() async throws {
        try await Host.running { host in
            let capability = Host.mount(fs: "xfs")
            try await host.create("data", size: 300 << 20, for: capability)
            let target = try await host.give("data", to: "pod", as: capability)
            let before = try OpenFile(target, for: .directory).filesystemUsage().size
            #expect(try await host.expand("data", to: 400 << 20).capacityBytes == 400 << 20)
            let after = try OpenFile(target, for: .directory).filesystemUsage().size
            #expect(before < 300 << 20 && after > 300 << 20)
            try await host.takeBack("data", from: "pod")
        }
    }

    @Test func `a subvolume of btrfs has its size`() async throws {
        try await withTemporaryDirectory { directory in
            let disk = try DiskImage("btrfs", at: directory + "/disk")
            try disk.mount(at: directory + "/home")
            try await Host.running(home: directory + "/home", words: ["--btrfs-quota", "on"]) {
                host in
                try await host.create(
                    "data", size: Self.size, parameters: ["backing": "subvolume"])
                let target = try await host.give("data", to: "pod")
                #expect(!fill(target + "/large", megabytes: 20))
                try runTool("rm", "-f", target + "/large")
                _ = try await host.expand("data", to: Self.size * 3)
                #expect(fill(target + "/large", megabytes: 20))
                try await host.takeBack("data", from: "pod")
                try await host.delete("data")
            }
        }
    }

    @Test(arguments: [["driver": "local"], ["driver": "tmpfs"]])
    func `how full it is is told at its places, and nowhere else`(
        parameters: [String: String]
    ) async throws {
        try await Host.running { host in
            try await host.create("data", size: Self.size, parameters: parameters)
            let target = try await host.give("data", to: "pod")
            #expect(fill(target + "/file", megabytes: 4))
            for path in [target, host.stagingPath("data"), target + "/"] {
                let usage = try await stats(host, "data", at: path)
                let bytes = try #require(usage.first { $0.unit == .bytes })
                #expect(bytes.total == Self.size)
                #expect(bytes.used >= 4 << 20 && bytes.used < Self.size)
                #expect(bytes.available > 0 && bytes.available <= bytes.total - bytes.used)
                let inodes = try #require(usage.first { $0.unit == .inodes })
                #expect(inodes.total > 0 && inodes.used > 0 && inodes.available > 0)
            }
            for path in [host.root, host.target("other"), "/none", "some/path", "/a/../b"] {
                let code = try await host.code {
                    try await $0.node.nodeGetVolumeStats(
                        .with {
                            $0.volumeID = "data"
                            $0.volumePath = path
                        })
                }
                #expect(code == .notFound)
            }
            try await host.takeBack("data", from: "pod")
        }
    }

    @Test func `what can't grow is refused, and stays`() async throws {
        try await Host.running { host in
            try await host.create("unlimited")
            try await host.create("data", size: Self.size)
            func code(_ id: String, _ least: Int64, _ most: Int64 = 0) async throws
                -> RPCError.Code?
            {
                try await host.code {
                    try await $0.controller.controllerExpandVolume(
                        .with {
                            $0.volumeID = id
                            $0.capacityRange.requiredBytes = least
                            $0.capacityRange.limitBytes = most
                        })
                }
            }
            #expect(try await code("unlimited", Self.size) == .failedPrecondition)
            #expect(try await code("data", 2 << 20, 1 << 20) == .outOfRange)
            #expect(try await code("data", 1 << 20, 2 << 20) == .outOfRange)
            #expect(try await code("data", -1) == .invalidArgument)
            let listed = try await host.ask { try await $0.controller.listVolumes(.init()) }
            #expect(listed.entries.map(\.volume.capacityBytes) == [0, Self.size])
        }
    }
}
