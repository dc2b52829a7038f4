import Linux
import Testing

@testable import Containers

/// The small languages in which mounts are described.
struct MountWordsTests {
    @Test func `an idmap is read range by range`() throws {
        let mapping = try IDMapping("uids=0-1000-1#5-2000-10;gids=0-3000-65536")
        #expect(mapping.users.map(\.shown) == [1000, 2000])
        #expect(mapping.groups.map(\.count) == [65536])
        #expect(mapping.text == "uids=0-1000-1#5-2000-10;gids=0-3000-65536")
    }

    @Test(arguments: [
        "", "uids=0-1-1", "uids=0-1-1;gids=", "uids=0-1-0;gids=0-1-1", "uids=0-1;gids=0-1-1",
        "uids=0-1-1#0-2-1;gids=0-1-1", "uids=0-1-1#1-1-1;gids=0-1-1", "uids=a-1-1;gids=0-1-1",
        "uids=0-4294967295-2;gids=0-1-1", "uids=0-1-1;uids=0-1-1;gids=0-1-1",
    ])
    func `an idmap that makes no sense is refused`(text: String) {
        #expect(throws: BadMount.self) { try IDMapping(text) }
    }

    @Test func `a tmpfs has docker's options unless told otherwise`() throws {
        #expect(try MemoryOptions("").options == ["noexec", "nosuid", "nodev"])
        let asked = try MemoryOptions("exec,size=1m,size=2m,rw,mode=1777")
        #expect(asked.options == ["nosuid", "nodev", "exec", "size=2m", "mode=1777"])
        #expect(try MemoryOptions("ro").isReadOnly)
        let parts = try MemoryOptions(
            size: 1 << 20, mode: 0o1770, extra: [["exec"], ["uid", "7"]])
        #expect(parts.options == ["nosuid", "nodev", "size=1048576", "mode=1770", "exec", "uid=7"])
    }

    @Test(arguments: ["colour", "size", "size=", "size=big", "mode=9", "uid=me", "bind", "a=b"])
    func `a tmpfs option that makes no sense is refused`(text: String) {
        #expect(throws: BadMount.self) { try MemoryOptions(text) }
    }

    @Test func `a subpath is cleaned`() throws {
        #expect(try Subpath("a//./b/").description == "a/b")
    }

    @Test(arguments: ["", ".", "/a", "a/../b", "..", "a\0b"])
    func `a subpath that leads elsewhere is refused`(text: String) {
        #expect(throws: BadMount.self) { try Subpath(text) }
    }
}
