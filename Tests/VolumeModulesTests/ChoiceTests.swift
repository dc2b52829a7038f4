import Testing
import Volumes

@testable import VolumeModules

/// Which backing a volume gets, and the reasons that are given.
struct ChoiceTests {
    private let quota = Ground.projects(isEnforcing: true, mountedAt: "/data")
    private let plain = Ground.uncounted(type: "ext4", mountedAt: "/data")
    private let btrfs = Ground.btrfs(counts: true, mountedAt: "/data")
    private let bareBtrfs = Ground.btrfs(counts: false, mountedAt: "/data")

    private func choice(_ options: [String: String], on ground: Ground) throws -> Choice {
        try Choice(for: LocalOptions(options), on: ground)
    }

    private func refusal(_ options: [String: String], on ground: Ground) -> String? {
        do {
            _ = try choice(options, on: ground)
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test func `a size is held by what the filesystem does best`() throws {
        let size = ["size": "1G"]
        #expect(try choice(size, on: quota).kind == .project)
        #expect(try choice(size, on: btrfs).kind == .subvolume)
        #expect(try choice(size, on: bareBtrfs).kind == .image(.ext4))
        #expect(try choice(size, on: plain).kind == .image(.ext4))
        #expect(try choice(size, on: .other(type: "tmpfs")).kind == .image(.ext4))
        let counting = Ground.projects(isEnforcing: false, mountedAt: "/data")
        #expect(try choice(size, on: counting).kind == .image(.ext4))
    }

    @Test func `a volume without a size is counted where that costs nothing`() throws {
        #expect(try choice([:], on: quota).kind == .project)
        #expect(try choice([:], on: .projects(isEnforcing: false, mountedAt: "/")).kind == .project)
        #expect(try choice([:], on: btrfs).kind == .subvolume)
        #expect(try choice([:], on: bareBtrfs).kind == .directory)
        #expect(try choice([:], on: plain).kind == .directory)
    }

    @Test func `the reason says how the filesystem could do better`() throws {
        #expect(try choice(["size": "1G"], on: plain).reason.contains("prjquota, /data"))
        #expect(
            try choice(["size": "1G"], on: bareBtrfs).reason.contains("btrfs quota enable /data"))
    }

    @Test func `inodes choose an image where the filesystem does not count them`() throws {
        let options = ["size": "1G", "inodes": "1000"]
        #expect(try choice(options, on: btrfs).kind == .image(.ext4))
        #expect(try choice(options, on: quota).kind == .project)
        #expect(
            refusal(options.merging(["fs": "xfs"]) { $1 }, on: plain)?.contains("fs=ext4") == true)
        #expect(refusal(["inodes": "1000"], on: btrfs)?.contains("needs one") == true)
    }

    @Test(arguments: [("ext4", "4MiB"), ("xfs", "300MiB"), ("btrfs", "109MiB")])
    func `a size that a filesystem can't have is refused with its smallest`(
        filesystem: String, smallest: String
    ) throws {
        let refused = refusal(["size": "1m", "fs": filesystem], on: plain)
        #expect(refused?.contains(smallest) == true, "\(refused ?? "accepted")")
    }

    @Test(arguments: [
        ["size": "0"], ["size": "many"], ["size": "1G", "opt.size": "1G"], ["inodes": "0"],
        ["inodes": "-5"], ["inodes": "+50"], ["backing": "paper", "size": "1G"],
        ["fs": "zfs", "size": "1G"], ["backing": "image"], ["backing": "subvolume", "size": "1G"],
        ["backing": "directory", "size": "1G"],
        ["backing": "directory", "fs": "ext4", "size": "1G"],
        ["mount": "/srv", "backing": "image"], ["mount": "/srv", "fs": "xfs"],
    ])
    func `what makes no sense is refused`(options: [String: String]) {
        #expect(refusal(options, on: plain) != nil)
    }
}
