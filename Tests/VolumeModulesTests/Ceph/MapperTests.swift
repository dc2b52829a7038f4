import Linux
import TestSupport
import Testing
import Volumes

@testable import VolumeModules

/// How an image becomes a device: which way is chosen, and what the kernel is told. The ways
/// themselves are walked in the guest, whose kernel has them.
struct MapperTests {
    /// A way that a host lacks, or has.
    private struct Way: Mapper {
        let name: String
        var missing: String?
        let merit = "it works"
        let followsCluster = false

        func check(features: UInt64) throws {
            guard let missing else { return }
            throw VolumeError.storage(action: "map Ceph images", reason: missing)
        }

        func accessNeeded(to cluster: CephCluster) -> CephAccess? { nil }
        func map(_ place: CephPlace, _ access: CephAccess?, in directory: String) {}
        func isMapped(in directory: String) -> Bool { false }
        func device(in directory: String, named name: String) -> MappedDevice { MappedDevice("") }
        func isInUse(in directory: String) -> Bool { false }
        func resize(to size: Int64, in directory: String, mountedFrom source: String) -> String {
            source
        }
        func unmap(in directory: String) {}
        func cutOff(in directory: String) {}
    }

    @Test func `the first way that works is chosen, and why the others were not is said`() throws {
        let ways = [Way(name: "one", missing: "no module"), Way(name: "two"), Way(name: "three")]
        let choice = try MapperChoice(asked: nil, features: 61, among: ways)
        #expect(choice.mapper.name == "two")
        #expect(choice.reason == "it works; one: no module")
    }

    @Test func `a way that was asked for is the only one`() throws {
        let choice = try MapperChoice(asked: Way(name: "three"), features: 61)
        #expect(choice.mapper.name == "three")
        #expect(choice.reason == "mapper=three was asked for")
        #expect {
            _ = try MapperChoice(asked: Way(name: "one", missing: "no module"), features: 61)
        } throws: { "\($0)" == "map Ceph images: no module" }
    }

    @Test func `a host with no way is told what each lacks`() {
        let ways = [
            Way(name: "one", missing: "no module"), Way(name: "two", missing: "no program"),
        ]
        #expect {
            _ = try MapperChoice(asked: nil, features: 61, among: ways)
        } throws: { "\($0)" == "map Ceph images: one: no module; two: no program" }
    }

    private let place = CephPlace(
        configuration: "/etc/ceph/ceph.conf", user: "volumes", pool: "fast", namespace: "shop",
        image: "db")

    @Test func `the kernel is told a key's name, a client of its own, and no key`() {
        let access = CephAccess(
            monitors: "10.0.0.1:3300,[fd::2]:3300", isSecondProtocol: true,
            key: CephSecret(text: "AQAWjA1r"))
        let words = KernelMapper.words(place, access, "/run/pouch/ceph/0f3c")
        #expect(
            words == "10.0.0.1:3300,[fd::2]:3300 name=volumes,key=pouch/run/pouch/ceph/0f3c,"
                + "noshare,mount_timeout=20,ms_mode=prefer-crc,_pool_ns=shop fast db -")
        #expect(!"\(access)".contains("AQAWjA1r"))
    }

    @Test func `a device is found by the whole directory it was mapped for`() {
        let words = KernelMapper.words(
            place,
            CephAccess(monitors: "h:1", isSecondProtocol: false, key: CephSecret(text: "k")),
            "/a dir,x/0f3c")
        #expect(words.split(separator: " ").count == 5, "no blank or comma of it ends a word")
        let key = "key=" + KernelImages.keyName(for: "/a dir,x/0f3c")
        #expect(KernelImages.isAsked(with: key, in: words))
        for other in ["/a dir,x/0f3", "/a dir,x/0f3c1", "/a dir,y/0f3c"] {
            let key = "key=" + KernelImages.keyName(for: other)
            #expect(!KernelImages.isAsked(with: key, in: words))
        }
        #expect(!KernelImages.isAsked(with: key, in: "h:1 name=admin \(key) db -"))
    }

    @Test func `a key is found in a keyring as Ceph's tools write it`() {
        let keyring = CephKeyring(
            """
            # made by hand
            [mon.]
            \tkey = AQBmon==
            \tcaps mon = "allow *"
            [client.volumes]
            \tcaps mon = "profile rbd, key = x"
            \tkey = AQBvolumes==
            """)
        #expect(keyring.key(of: "client.volumes") == "AQBvolumes==")
        #expect(keyring.key(of: "mon.") == "AQBmon==")
        #expect(keyring.key(of: "client.admin") == nil)
    }

    @Test
    func `a record that was not written to its end is none, and one that names nobody is told`()
        throws
    {
        let room = try TemporaryDirectory()
        defer { try? room.remove() }
        let mapping = CephMapping(at: room.path)
        #expect(try mapping.choice == nil)
        let qemu = MapperChoice(QemuMapper(), reason: "why")
        try mapping.make(for: qemu)
        #expect(try mapping.choice?.mapper.name == "qemu")
        #expect(try mapping.choice?.reason == "why")
        try write("qem", to: room.path + "/mapper")
        #expect(try mapping.choice == nil)
        try write("none\nwhy\n", to: room.path + "/mapper")
        #expect { _ = try mapping.choice } throws: { "\($0)".contains("names none: none") }
    }

    private func write(_ text: String, to path: String) throws {
        try runTool("sh", "-c", #"printf %s "$1" > "$2""#, "sh", text, path)
    }
}
