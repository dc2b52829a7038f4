import Glibc
import TestSupport
import Testing

@testable import Linux

struct FilesystemIdentityTests {
    private func identity(_ path: String) throws -> FilesystemIdentity {
        try OpenFile(path, for: .directory).filesystemIdentity()
    }

    @Test(
        .requiresRoot(to: "mount a disk image"), arguments: ["ext4", "xfs", "btrfs"])
    func `a disk is known again wherever it is mounted`(_ type: String) async throws {
        try await withTemporaryDirectory { path in
            let disk = try DiskImage(type, at: "\(path)/disk")
            let other = try DiskImage(type, at: "\(path)/other")
            let beforeMount = try identity(path)
            try disk.mount(at: "\(path)/a")
            try other.mount(at: "\(path)/b")
            let first = try identity("\(path)/a")
            let second = try identity("\(path)/b")
            let description = try OpenFile("\(path)/a", for: .directory).filesystemDescription()
            #expect(description.hasPrefix("\(type) /dev/loop"))
            #expect(description.hasSuffix("at \(path)/a"))
            #expect(!first.isSame(as: second) && !first.isSame(as: beforeMount))
            #expect(first.text.contains("uuid="))

            for place in ["a", "b"] { try Mounting.unmount("\(path)/\(place)") }
            #expect(try !identity("\(path)/a").isSame(as: first))
            // In the other order, so that the device's name and number differ.
            try other.mount(at: "\(path)/b")
            try disk.mount(at: "\(path)/c")
            #expect(try identity("\(path)/c").isSame(as: first))
            #expect(try identity("\(path)/b").isSame(as: second))
        }
    }

    @Test(.requiresRoot(to: "mount a filesystem"))
    func `memory and overlays have an identity too`() async throws {
        try await withTemporaryDirectory { path in
            for name in ["memory", "other", "lower", "upper", "work", "merged"] {
                mkdir("\(path)/\(name)", 0o755)
            }
            try runTool("mount", "-t", "tmpfs", "x", "\(path)/memory")
            try runTool("mount", "-t", "tmpfs", "x", "\(path)/other")
            let options = "lowerdir=\(path)/lower,upperdir=\(path)/upper,workdir=\(path)/work"
            try runTool("mount", "-t", "overlay", "x", "-o", options, "\(path)/merged")
            let identities = try ["memory", "other", "merged"].map { try identity("\(path)/\($0)") }
            for (index, one) in identities.enumerated() {
                #expect(try one.isSame(as: #require(FilesystemIdentity(one.text))))
                #expect(!one.isSame(as: identities[(index + 1) % 3]))
            }
        }
    }

    @Test func `what is written is read back`() throws {
        let full = FilesystemIdentity(type: 0xef53, uuid: [1, 0xab], id: 255, source: nil)
        #expect(full.text == "type=ef53 uuid=01ab id=ff")
        #expect(FilesystemIdentity(full.text) == full)
        let network = FilesystemIdentity(type: 0x6969, uuid: [], id: 0, source: "host:/a b=c")
        #expect(network.text == "type=6969 source=host:/a b=c")
        #expect(FilesystemIdentity(network.text) == network)
        #expect(FilesystemIdentity("nonsense") == nil)
    }

    @Test func `an older kernel's record is compared by what both know`() throws {
        let old = try #require(FilesystemIdentity("type=ef53 id=ff"))
        let new = try #require(FilesystemIdentity("type=ef53 uuid=01 id=ff"))
        let other = try #require(FilesystemIdentity("type=ef53 uuid=02 id=ff"))
        #expect(old.isSame(as: new) && new.isSame(as: old))
        #expect(!new.isSame(as: other))
        #expect(try !#require(FilesystemIdentity("type=1 id=ff")).isSame(as: old))
    }

    @Test(.requiresRoot(to: "mount a filesystem"))
    func `usage is counted in bytes and inodes`() async throws {
        try await withTemporaryDirectory { path in
            try runTool("mount", "-t", "tmpfs", "-o", "size=1m,nr_inodes=100", "x", path)
            let directory = try OpenFile(path, for: .directory)
            let empty = try directory.filesystemUsage()
            #expect(empty.size == 1 << 20 && empty.used == 0 && empty.available == 1 << 20)
            #expect(empty.inodes == 100 && empty.usedInodes == 1)
            try runTool("dd", "if=/dev/zero", "of=\(path)/file", "bs=8192", "count=1")
            let used = try directory.filesystemUsage()
            #expect(used.used == 8192 && used.available == 1 << 20 - 8192)
            #expect(used.usedInodes == 2)
        }
    }
}
