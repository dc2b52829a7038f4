import CSIAPI
import GRPCCore
import SwiftProtobuf
import TestSupport
import Testing

/// Making and removing volumes.
@Suite(.requiresRoot(to: "mount volumes"))
struct CreationTests {
    private static let size: Int64 = 16 << 20

    @Test(arguments: [["driver": "local"], ["driver": "tmpfs"], ["fs": "ext4"], [:]])
    func `the same words make one volume, of the size asked for to the byte`(
        parameters: [String: String]
    ) async throws {
        try await Host.running { host in
            let first = try await host.create(
                "pvc-1", size: Self.size + 512, parameters: parameters)
            #expect(first.volumeID == "pvc-1" && first.capacityBytes == Self.size + 512)
            #expect(
                first.accessibleTopology.map(\.segments) == [["topology.csi.pouch/host": "host-1"]])
            let second = try await host.create(
                "pvc-1", size: Self.size + 512, parameters: parameters)
            #expect(second == first)
            #expect(try await host.volumes() == ["pvc-1"])
            for _ in 1...2 { try await host.delete("pvc-1") }
            #expect(try await host.volumes().isEmpty)
        }
    }

    @Test func `the same name with other words is refused, and changes nothing`() async throws {
        try await Host.running { host in
            let parameters = ["mode": "0700"]
            let made = try await host.create("pvc-1", size: Self.size, parameters: parameters)
            let same = Host.creation("pvc-1", size: Self.size, parameters: parameters)
            let others: [(String, Csi_V1_CreateVolumeRequest)] = [
                ("larger", same.with { $0.capacityRange.requiredBytes = Self.size * 2 }),
                ("smaller", same.with { $0.capacityRange = .with { $0.limitBytes = 1 << 20 } }),
                ("other parameters", same.with { $0.parameters = ["mode": "0750"] }),
                ("no parameters", same.with { $0.parameters = [:] }),
                (
                    "another mode",
                    same.with { $0.volumeCapabilities = [Host.mount(.multiNodeMultiWriter)] }
                ),
                ("a mount flag", same.with { $0.volumeCapabilities = [Host.mount(flags: ["ro"])] }),
            ]
            for (name, request) in others {
                let code = try await host.code { try await $0.controller.createVolume(request) }
                #expect(code == .alreadyExists, "\(name)")
            }
            let fitting = same.with { $0.capacityRange = .with { $0.limitBytes = Self.size } }
            let again = try await host.ask { try await $0.controller.createVolume(fitting) }
            #expect(again.volume == made)
        }
    }

    @Test func `a volume that has grown is still what made it`() async throws {
        try await Host.running { host in
            try await host.create("pvc-1", size: Self.size)
            #expect(
                try await host.expand("pvc-1", to: Self.size * 2).capacityBytes == Self.size * 2)
            #expect(try await host.create("pvc-1", size: Self.size).capacityBytes == Self.size * 2)
        }
    }

    @Test func `a volume that another door made is not taken for one of ours`() async throws {
        try await Host.running { host in
            #expect(host.pouch("volume", "create", "data") == "data\n")
            let code = try await host.code {
                try await $0.controller.createVolume(Host.creation("data"))
            }
            #expect(code == .alreadyExists)
            #expect(try await host.volumes() == ["data"])
        }
    }

    @Test(arguments: [
        String(repeating: "n", count: 128), "../../etc/passwd", "a", "größe 💾", "x/y\tz", "-v",
    ])
    func `any name makes a volume, and only one`(name: String) async throws {
        try await Host.running { host in
            let first = try await host.create(name)
            #expect(try await host.create(name) == first)
            #expect(try await host.create(name.dropLast() + "2").volumeID != first.volumeID)
            let target = try await host.give(first.volumeID, to: "pod")
            try write("kept", to: target + "/note")
            try await host.takeBack(first.volumeID, from: "pod")
            try await host.delete(first.volumeID)
        }
    }

    private static let wrong: [(String, RPCError.Code, Csi_V1_CreateVolumeRequest)] = [
        ("129 bytes", .invalidArgument, Host.creation(String(repeating: "n", count: 129))),
        ("a control character", .invalidArgument, Host.creation("a\u{1b}b")),
        (
            "block", .invalidArgument,
            Host.creation(
                "data",
                for: .with {
                    $0.block = .init()
                    $0.accessMode.mode = .singleNodeWriter
                })
        ),
        (
            "an alpha mode", .invalidArgument,
            Host.creation("data", for: Host.mount(.singleNodeMultiWriter))
        ),
        ("a mount flag", .invalidArgument, Host.creation("data", for: Host.mount(flags: ["bind"]))),
        (
            "a mount group", .invalidArgument,
            Host.creation(
                "data",
                for: .with {
                    $0.mount.volumeMountGroup = "1000"
                    $0.accessMode.mode = .singleNodeWriter
                })
        ),
        (
            "a filesystem", .invalidArgument,
            Host.creation("data", size: 16 << 20, for: Host.mount(fs: "vfat"))
        ),
        (
            "a filesystem in memory", .invalidArgument,
            Host.creation("data", parameters: ["driver": "tmpfs"], for: Host.mount(fs: "ext4"))
        ),
        (
            "a filesystem without a size", .invalidArgument,
            Host.creation("data", for: Host.mount(fs: "ext4"))
        ),
        (
            "an unknown parameter", .invalidArgument,
            Host.creation("data", parameters: ["colour": "red"])
        ),
        (
            "an unknown driver", .invalidArgument,
            Host.creation("data", parameters: ["driver": "none"])
        ),
        (
            "a place of the host's", .invalidArgument,
            Host.creation("data", parameters: ["mount": "/etc"])
        ),
        (
            "a size among parameters", .invalidArgument,
            Host.creation("data", parameters: ["size": "1G"])
        ),
        (
            "parameters without end", .invalidArgument,
            Host.creation("data", parameters: ["mode": String(repeating: "0", count: 5000)])
        ),
        ("more than the limit", .outOfRange, Host.creation("data", size: 2 << 20, most: 1 << 20)),
        ("too little", .outOfRange, Host.creation("data", size: 1, most: 2)),
        (
            "a snapshot", .invalidArgument,
            Host.creation("data").with { $0.volumeContentSource.snapshot.snapshotID = "s" }
        ),
        (
            "another volume", .invalidArgument,
            Host.creation("data").with { $0.volumeContentSource.volume.volumeID = "v" }
        ),
        (
            "mutable parameters", .invalidArgument,
            Host.creation("data").with { $0.mutableParameters = ["a": "b"] }
        ),
        (
            "another host", .resourceExhausted,
            Host.creation("data").with {
                $0.accessibilityRequirements.requisite = [
                    .with { $0.segments = ["topology.csi.pouch/host": "host-2"] }
                ]
            }
        ),
    ]

    @Test func `what can't be made is refused in words, and leaves nothing`() async throws {
        try await Host.running { host in
            for (name, code, request) in Self.wrong {
                let got = try await host.code { try await $0.controller.createVolume(request) }
                #expect(got == code, "\(name)")
                let words = try await host.refusal {
                    try await $0.controller.createVolume(request)
                }
                #expect(words.count > 15, "\(name): \(words)")
            }
            #expect(try await host.volumes().isEmpty)
        }
    }

    @Test func `this host among those asked for will do`() async throws {
        try await Host.running { host in
            let request = Host.creation("data").with {
                $0.accessibilityRequirements.requisite = ["host-2", "host-1"].map { name in
                    .with { $0.segments = ["topology.csi.pouch/host": name] }
                }
            }
            let made = try await host.ask { try await $0.controller.createVolume(request) }
            #expect(made.volume.accessibleTopology.count == 1)
        }
    }

    @Test
    func `a size below what the storage can do becomes that, and without one there is no limit`()
        async throws
    {
        try await Host.running { host in
            #expect(try await host.create("small", size: 1).capacityBytes == 4 << 20)
            #expect(try await host.create("any").capacityBytes == 0)
            let limited = try await host.ask {
                try await $0.controller.createVolume(Host.creation("most", most: 8 << 20))
            }
            #expect(limited.volume.capacityBytes == 8 << 20)
        }
    }

    @Test func `what whom a volume is made for is among its labels, and secrets are nowhere`()
        async throws
    {
        try await Host.running { host in
            let request = Host.creation(
                "pvc-1", parameters: ["csi.storage.k8s.io/pvc/name": "db-0"]
            ).with { $0.secrets = ["key": "hunter2-in-create"] }
            _ = try await host.ask { try await $0.controller.createVolume(request) }
            let shown = host.pouch("volume", "inspect", "pvc-1")
            #expect(shown.contains("\"csi.pvc/name\": \"db-0\""), "\(shown)")
            let stage = try host.staging("pvc-1")
            _ = try await host.code {
                var stage = stage
                stage.secrets = ["key": "hunter2-in-stage"]
                stage.volumeCapability.mount.mountFlags = ["password=hunter2-in-flag"]
                return try await $0.node.nodeStageVolume(stage)
            }
            #expect(!shown.contains("hunter2") && !host.log.contains("hunter2"))
        }
    }
}
