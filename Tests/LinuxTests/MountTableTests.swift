import Glibc
import TestSupport
import Testing

@testable import Linux

struct MountTableTests {
    @Test func `a line is read field by field, with or without optional ones`() throws {
        let text = """
            36 35 98:0 /sub /mnt/a rw,noatime shared:5 master:1 - ext4 /dev/vda1 rw,errors=x
            37 36 0:44 / /mnt/a/b rw - tmpfs pouch:1 rw,size=64k
            nonsense
            """
        let table = MountTable(parsing: Array(text.utf8))
        #expect(table.entries.count == 2)
        let first = try #require(table.entries.first)
        #expect(first.id == 36 && first.parent == 35 && first.root == "/sub")
        #expect(first.path == "/mnt/a" && first.type == "ext4" && first.source == "/dev/vda1")
        #expect(
            first.options == ["rw", "noatime"] && first.propagation == ["shared:5", "master:1"])
        #expect(table.entry(at: "/mnt/a/b")?.filesystemOptions == ["rw", "size=64k"])
    }

    @Test func `what the kernel escapes is read back`() {
        let text = #"1 2 0:1 / /a\040b\011c\134d\012e\0 rw - tmpfs x rw"#
        let table = MountTable(parsing: Array(text.utf8))
        #expect(table.entries.map(\.path) == ["/a b\tc\\d\ne\\0"])
    }

    @Test func `below a path is not beside it`() {
        let text = ["/", "/a", "/a/b", "/ab", "/a/b/c"]
            .map { "1 2 0:1 / \($0) rw - tmpfs x rw" }.joined(separator: "\n")
        let table = MountTable(parsing: Array(text.utf8))
        #expect(table.entries(atOrBelow: "/a").map(\.path) == ["/a", "/a/b", "/a/b/c"])
        #expect(table.entries(atOrBelow: "/").count == 5)
        #expect(table.entries(atOrBelow: "/x").isEmpty)
    }

    @Test(.requiresRoot(to: "mount a filesystem"))
    func `a mount comes and goes, at an awkward path`() async throws {
        try await withTemporaryDirectory { path in
            let place = "\(path)/a b\\c\nd"
            #expect(mkdir(place, 0o755) == 0)
            #expect(try MountTable().entry(at: place) == nil)
            #expect(try !FileStatus(of: place).isMountPoint)

            let target = try OpenFile(place, for: .directory)
            try Mounting.mount(
                "pouch:1", on: target, type: "tmpfs", [.noExecution, .noSetuid],
                options: "size=65536")
            let entry = try #require(try MountTable().entry(at: place))
            #expect(entry.type == "tmpfs" && entry.source == "pouch:1")
            #expect(Set(["nosuid", "noexec"]).isSubset(of: entry.options))
            #expect(try FileStatus(of: place).isMountPoint)
            #expect(try FileStatus(of: place).mount == entry.id)

            try Mounting.unmount(place)
            #expect(try MountTable().entry(at: place) == nil)
        }
    }

    @Test(.requiresRoot(to: "mount a filesystem"))
    func `a filesystem in use is only unmounted lazily, and a symlink is not followed`()
        async throws
    {
        try await withTemporaryDirectory { path in
            let place = "\(path)/a"
            #expect(mkdir(place, 0o755) == 0)
            try Mounting.mount("x", on: OpenFile(place, for: .directory), type: "tmpfs")
            #expect(symlink(place, "\(path)/link") == 0)
            #expect(throws: SystemError("umount", "\(path)/link", errno: EINVAL)) {
                try Mounting.unmount("\(path)/link")
            }
            let user = try OpenFile(place, for: .directory)
            #expect(throws: SystemError("umount", place, errno: EBUSY)) {
                try Mounting.unmount(place)
            }
            try Mounting.unmount(place, lazily: true)
            #expect(try MountTable().entry(at: place) == nil)
            _ = user.descriptor
        }
    }

    @Test(.requiresRoot(to: "mount a filesystem"))
    func `a bind shows the source's content`() async throws {
        try await withTemporaryDirectory { path in
            let source = "\(path)/a"
            let target = "\(path)/b"
            for directory in [source, "\(source)/inside", target] { mkdir(directory, 0o755) }
            try Mounting.bind(
                OpenFile(source, for: .reference), on: OpenFile(target, for: .reference))
            #expect(try OpenFile(target, for: .directory).names() == ["inside"])
        }
    }
}
