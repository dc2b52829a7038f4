import FoundationEssentials
import TestSupport
import Testing

/// pouchd dies in the middle of what it does for a limited volume.
@Suite(.ownDaemons, .inTime, .serialized, .requiresRoot(to: "mount images"))
struct SizeCrashTests {
    @Test(arguments: [
        "image.formatted", "image.attached", "image.mounted", "image.made", "create.made",
    ])
    func `a create that dies leaves no image, no device and no mount`(step: String) async throws {
        try await TestDaemon.prepared { daemon in
            try await daemon.start(settings: ["POUCHD_DIE_AT": step])
            let made = try await daemon.pouch("volume", "create", "-o", "size=24m", "data")
            #expect(made.status != 0, "pouchd outlives \(step)")
            try await daemon.ended()
            try await daemon.start()
            #expect(try await daemon.loops == [])
            #expect(MountEntry.under(daemon.state) == [])
            let images = try FileManager.default.contentsOfDirectory(
                atPath: daemon.home + "/image")
            #expect(images == [])
            try await daemon.says("volume", "create", "-o", "size=24m", "data")
            try await daemon.says("volume", "rm", "data")
            // An image that was whole, and that no record names, is kept.
            try await daemon.expectSound(mayHaveSetAside: step == "create.made")
        }
    }

    @Test(arguments: ["image.lengthened", "image.grown", "resize.made"])
    func `a growth that dies is finished at the next use`(step: String) async throws {
        try await TestDaemon.prepared { daemon in
            try await daemon.start(settings: ["POUCHD_DIE_AT": step])
            try await daemon.says("volume", "create", "-o", "size=24m", "data")
            let grown = try await daemon.pouch("volume", "update", "data", "--size", "48m")
            #expect(grown.status != 0, "pouchd outlives \(step)")
            try await daemon.ended()
            try await daemon.start()
            #expect(try await daemon.loops == [])
            try await daemon.says("volume", "update", "data", "--size", "48m")
            let usage = try await daemon.ask("GET", "/volumes/data/usage").json
            #expect(usage["Limit"].int == 48 << 20)
            try await daemon.says("volume", "rm", "data")
            try await daemon.expectSound()
        }
    }

    @Test(arguments: ["remove.marked", "remove.setAside", "remove.swept"])
    func `a removal that dies is finished at the next start`(step: String) async throws {
        try await TestDaemon.prepared { daemon in
            try await daemon.start(settings: ["POUCHD_DIE_AT": step])
            try await daemon.says("volume", "create", "-o", "size=24m", "data")
            _ = try await daemon.pouch("volume", "rm", "data")
            try await daemon.ended()
            try await daemon.start()
            #expect(try await daemon.volumes == [])
            try await daemon.expectSound()
            let images = try FileManager.default.contentsOfDirectory(
                atPath: daemon.home + "/image")
            #expect(images == [])
        }
    }

    @Test(arguments: [("ext4", "e2fsprogs"), ("xfs", "xfsprogs"), ("btrfs", "btrfs-progs")])
    func `a host without the tools is told which package has them`(
        filesystem: String, package: String
    ) async throws {
        try await TestDaemon.prepared { daemon in
            // In a mount namespace of its own, pouchd finds something that is no program.
            let tool = "/usr/sbin/mkfs.\(filesystem)"
            let hiding = #"mount --bind /dev/null "$(readlink -f "$1")"; shift; exec "$@""#
            try await daemon.start(under: [
                "/usr/bin/unshare", "--mount", "/bin/sh", "-euc", hiding, "sh", tool,
            ])
            let made = try await daemon.pouch(
                "volume", "create", "-o", "size=400m", "-o", "fs=\(filesystem)", "data")
            #expect(made.status == 1, "\(made)")
            #expect(made.errors.contains("apt-get install \(package)"), "\(made)")
            #expect(try await daemon.volumes == [])
            let images = try FileManager.default.contentsOfDirectory(
                atPath: daemon.home + "/image")
            #expect(images == [])
            try await daemon.expectSound()
        }
    }
}
