import Glibc
import TestSupport
import Testing
import Volumes

@testable import VolumeModules

/// Clusters that say no, or nothing.
@Suite(.requiresCeph, .cephCluster, .serialized, .timeLimit(.minutes(5)))
struct CephTroubleTests {
    @Test func `a cluster that is away costs one deadline, and needs no restart to come back`()
        async throws
    {
        try await CephHost.one { host in
            let kept = try await host.created("kept")
            try host.cluster.signal(SIGSTOP)
            let volume = try host.volume("while-away")
            do {
                defer { try? host.cluster.signal(SIGCONT) }
                let start = ContinuousClock.now
                await #expect(throws: VolumeError.self) { try await host.driver.create(volume) }
                await #expect(throws: VolumeError.self) { try await host.attach(kept) }
                #expect(ContinuousClock.now - start < .seconds(110))
            }
            try await eventually("it is used again", within: .seconds(60)) {
                do { try await host.attach(kept) } catch { return false }
                return true
            }
            try await host.detach(kept)
            try await host.removed(kept)
        }
    }

    @Test func `a wrong user, pool or file is told in the cluster's words`() async throws {
        try await CephHost.one { host in
            for (options, words) in [
                (["user": "nobody"], "connect to Ceph as client.nobody"),
                (["pool": "none"], "open pool none: No such file or directory"),
                (["conf": "/none/ceph.conf"], "read /none/ceph.conf"),
                (["pool": "data"], "Operation not permitted"),
            ] {
                await #expect {
                    _ = try await host.created("volume", options)
                } throws: { "\($0)".contains(words) }
            }
        }
    }

    @Test func `a user with a wrong key, or who may only read, is told in the cluster's words`()
        async throws
    {
        try await CephHost.one { host in
            let kept = try await host.created("kept")
            try host.cluster.python(
                """
                import json
                def user(name, osd):
                    words = {"prefix": "auth get-or-create", "entity": "client." + name,
                        "caps": ["mon", "profile rbd", "osd", osd], "format": "plain"}
                    status, keyring, error = c.mon_command(json.dumps(words), b"", timeout=30)
                    assert status == 0, error
                    return keyring.decode()
                folder = "\(host.cluster.directory)/client."
                open(folder + "reader.keyring", "w").write(
                    user("reader", "profile rbd-read-only pool=rbd"))
                user("locked", "profile rbd pool=rbd")
                open(folder + "locked.keyring", "w").write(
                    "[client.locked]\\n\\tkey = AQAWjA1rAAAAABAAbYQ0bUXYbyb5cJpYbBQm2g==\\n")
                """)
            for (user, words) in [
                ("reader", "Operation not permitted"),
                ("locked", "connect to Ceph as client.locked"),
            ] {
                await #expect {
                    _ = try await host.created("theirs", ["user": user])
                } throws: { "\($0)".contains(words) && !"\($0)".contains("AQAWjA1r") }
                let theirs = try host.volume("theirs", ["user": user, "image": "kept"])
                await #expect(throws: VolumeError.self) { try await host.attach(theirs) }
            }
            #expect(try host.rooms == [], "nothing is left of the attempts")
            try await host.attach(kept)
            try await host.detach(kept)
            try await host.removed(kept)
            #expect(try host.cluster.rbd("ls", "rbd") == "")
        }
    }

    @Test func `a disk of the cluster that hangs costs one deadline, and I/O goes on after it`()
        async throws
    {
        try await CephHost.one { host in
            let running = try await host.created("running")
            try await host.attach(running)
            let other = try host.volume("other")
            try host.cluster.signal(SIGSTOP, to: "osd.0")
            do {
                defer { try? host.cluster.signal(SIGCONT, to: "osd.0") }
                let start = ContinuousClock.now
                await #expect(throws: VolumeError.self) { try await host.driver.create(other) }
                _ = await host.driver.usage(of: [running, other], countedOnly: false)
                #expect(ContinuousClock.now - start < .seconds(110))
            }
            try await eventually("what ran goes on", within: .seconds(90)) {
                do {
                    try host.write("on", to: "note", in: running)
                } catch {
                    return false
                }
                return true
            }
            try await eventually("new ones are made again", within: .seconds(90)) {
                do { _ = try await host.driver.create(other) } catch { return false }
                return true
            }
            await host.driver.renewLeases()
            #expect(!host.lines.contains { $0.contains("cut off") })
            try await host.detach(running)
            try await host.removed(running)
            try await host.removed(other)
        }
    }

    @Test func `a cluster that is full refuses in time, and is used again when it is not`()
        async throws
    {
        try await CephHost.one { host in
            let kept = try await host.created("kept")
            let other = try host.volume("other")
            try fill(host.cluster, isFull: true)
            do {
                defer { try? fill(host.cluster, isFull: false) }
                let start = ContinuousClock.now
                await #expect(throws: VolumeError.self) { try await host.driver.create(other) }
                await #expect(throws: VolumeError.self) { try await host.attach(kept) }
                #expect(ContinuousClock.now - start < .seconds(110))
                #expect(
                    try await host.driver.status(of: kept, walking: true)["Size"] == "\(32 << 20)",
                    "what only reads is answered")
            }
            #expect(try host.rooms == [])
            try await eventually("it is used again", within: .seconds(60)) {
                do { try await host.attach(kept) } catch { return false }
                return true
            }
            try await host.detach(kept)
            try await host.removed(kept)
            try await host.removed(other)
            #expect(try host.cluster.rbd("ls", "rbd") == "")
        }
    }

    /// Has the cluster take what it holds for all that it can hold.
    private func fill(_ cluster: TestCeph, isFull: Bool) throws {
        let ratios = ["nearfull", "backfillfull", "full"]
        try cluster.python(
            """
            import json, time
            def ask(**words):
                status, out, error = c.mon_command(json.dumps(words | {"format": "json"}), b"")
                assert status == 0, error
                return out
            if \(isFull ? "True" : "False"): io.write_full("ballast", b"x" * (4 << 20))
            for name in \(isFull ? ratios : ratios.reversed()):
                ask(prefix="osd set-%s-ratio" % name, ratio=\(isFull ? "0.0001" : "0.98"))
            end = time.time() + 50
            while True:
                pools = json.loads(ask(prefix="osd dump"))["pools"]
                full = [p["pool_name"] for p in pools if "full" in p["flags_names"].split(",")]
                if bool(full) == \(isFull ? "True" : "False"): break
                assert time.time() < end, full
                time.sleep(0.2)
            if not \(isFull ? "True" : "False"): io.remove_object("ballast")
            """)
    }

    @Test func `no key is in words of processes`() async throws {
        try await CephHost.one { host in
            let volume = try await host.created("secret")
            try await host.attach(volume)
            let process = try #require(try host.processes().first)
            let words = try runTool("cat", "/proc/\(process)/cmdline", "/proc/\(process)/environ")
            let keys = try runTool("cat", "\(host.cluster.directory)/client.volumes.keyring")
            let key = try #require(keys.split(separator: "= ").last?.split(separator: "\n").first)
            #expect(!words.contains(key))
            #expect(words.contains("volumes"))
            try await host.detach(volume)
            try await host.removed(volume)
        }
    }
}

/// What needs no cluster.
struct CephOptionsTests {
    @Test func `a host without Ceph is told which packages to install`() {
        #expect {
            _ = try CephLibrary.load("libnone.so.2", "librbd.so.1")
        } throws: { "\($0)".contains("install the packages librados2 and librbd1") }
    }

    @Test(arguments: [
        (["size": "10x"], "invalid size"), ([:], "say how large"),
        (["size": "1m"], "ext4 needs 8MiB at least"),
        (["size": "100m", "fs": "xfs"], "xfs needs 300MiB at least"),
        (["size": "1g", "opt.size": "2g"], "given by size already"),
        (["size": "1g", "fs": "ntfs"], "use ext4, xfs or btrfs"),
        (["size": "1g", "pool": "a/b"], "give a name without"),
        (["size": "1g", "user": "client.admin"], "leave out"),
        (["size": "1g", "conf": "ceph.conf"], "absolute path"),
        (["size": "1g", "object-size": "3M"], "power of two"),
        (["size": "1g", "image-feature": "layering"], "exclusive-lock must be one"),
        (["size": "1g", "image-feature": "exclusive-lock,journaling"], "use layering"),
        (["size": "1g", "image-feature": "exclusive-lock,fast-diff"], "needs object-map"),
        (["size": "1g", "stripe-unit": "64k"], "give stripe-count too"),
        (["size": "1g", "stripe-count": "4"], "give stripe-unit too"),
        (["size": "1g", "mapper": "nbd"], "use krbd, rbd-nbd or qemu"),
        (["base": "a@b"], "give pool/image@snapshot"),
        (["base": "rbd/a"], "give pool/image@snapshot"),
        (["base": "rbd/a@b@c"], "give pool/image@snapshot"),
        (["base": "rbd/@b"], "give pool/image@snapshot"),
        (["base": "rbd/a@b", "fs": "xfs"], "the base has a filesystem"),
        (["base": "rbd/a@b", "mkfs-options": "-N 4"], "the base has a filesystem"),
        (["image": "x", "base": "rbd/a@b"], "stays as it is"),
        (["size": "1g", "access": "write"], "use read-write or read-only"),
        (["size": "1g", "access": "read-only"], "image=NAME"),
        (["size": "1g", "key": "AQAWjA1r"], "keyring that conf names"),
        (["size": "1g", "mount-options": "ro"], "give :ro to the containers"),
        (["size": "1g", "takeover": "yes"], "use manual or automatic"),
        (["image": "x", "size": "1g"], "stays as it is"),
        (["image": "x", "mkfs-options": "-N 4"], "stays as it is"),
    ])
    func `options that make no sense are refused in words`(
        _ options: [String: String], _ words: String
    ) {
        #expect {
            _ = try CephOptions(options)
        } throws: { error in
            "\(error)".contains(words) && !"\(error)".contains("AQAWjA1r")
        }
    }
}
