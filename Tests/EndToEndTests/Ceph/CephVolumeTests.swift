import Glibc
import TestSupport
import Testing

/// Containers on images in a real cluster, on one host and on two.
@Suite(
    .requiresCeph, .cephCluster, .ownDaemons, .serialized, .timeLimit(.minutes(5)),
    .requiresRoot(to: "run containers"))
struct CephVolumeTests {
    private func create(
        _ name: String, on daemon: TestDaemon, _ options: String...
    ) async throws {
        let cluster = try #require(TestCeph.current)
        let usual = ["conf=\(cluster.configuration)", "user=volumes", "mapper=qemu"]
        let words = (options + usual).flatMap { ["-o", $0] }
        _ = try await daemon.pouch(["volume", "create", "--driver", "ceph"] + words + [name]).said
    }

    @Test func `a volume lives on through containers, restarts and kills`() async throws {
        try await TestDaemon.running { daemon in
            try await daemon.load(.busybox)
            try await create("db", on: daemon, "size=32m")
            let wrote = try await daemon.run(
                "-v", "db:/data", "busybox", "sh", "-c", "echo kept > /data/note; ls /data")
            #expect(try wrote.said == "note")

            let id = try await daemon.runDetached(
                "-v", "db:/data", "busybox", "sh", "-c",
                "while [ ! -e /data/go ]; do sleep 0.05; done; echo more >> /data/note; sync")
            let storage = storageProcesses(of: daemon)
            #expect(storage.count == 1)
            try await daemon.restart()
            #expect(storageProcesses(of: daemon) == storage, "what maps the image went on")
            #expect(try await daemon.isRunning(id))
            let status = try await daemon.ask("GET", "/volumes/db").json["Status"]
            #expect(status["Image"] == "rbd/db")
            #expect(status["Mounted"] == "true")
            #expect(status["Holder"].string?.contains("since") == true)
            #expect(try await daemon.ask("DELETE", "/volumes/db").status == 409)
            let beside = try await daemon.run(
                "-v", "db:/data", "busybox", "touch", "/data/go")
            #expect(beside.status == 0, "\(beside)")
            #expect(try await daemon.says("wait", id) == "0")
            #expect(
                try await daemon.run("-v", "db:/data:ro", "busybox", "cat", "/data/note").said
                    == "kept\nmore")
            try await daemon.says("rm", id)
            try await eventually("nothing maps the image", within: .seconds(30)) {
                storageProcesses(of: daemon).isEmpty
            }
            try await daemon.says("volume", "rm", "db")
            try await eventually("the image is gone", within: .seconds(30)) {
                try TestCeph.current?.rbd("ls", "rbd") == ""
            }
        }
    }

    private func storageProcesses(of daemon: TestDaemon) -> [Int32] {
        ProcessEntry.belonging(to: daemon.root).filter {
            $0.words.first?.hasSuffix("qemu-storage-daemon") == true
        }.map(\.id)
    }

    private static let fio = """
        /usr/bin/fio --name=job --directory=/data --size=16m --rw=randwrite --bs=64k \
        --ioengine=psync --fallocate=none --verify=crc32c
        """

    /// What fio needs of the host.
    private let programs = ["/usr", "/lib", "/lib64"].flatMap { ["-v", "\($0):\($0):ro"] }

    /// fio's job is on disk before the first line is said, and each file before the next line is.
    private let writing = """
        \(fio) --do_verify=0 --fsync=8 --end_fsync=1 > /data/fio.log && sync || exit
        i=0; while :; do i=$((i+1))
        echo $i | dd of=/data/$i conv=fsync 2> /dev/null && echo $i; done
        """

    @Test func `a host dies with all that it ran, and the next one has every synced byte`()
        async throws
    {
        try await TestDaemon.running { one in
            try await one.load(.busybox)
            try await create("db", on: one, "size=64m")
            let id = try await one.pouch(
                ["run", "-d", "--network", "none", "-v", "db:/data"] + programs
                    + ["busybox", "sh", "-c", writing]
            ).said
            try await TestDaemon.running { other in
                try await other.load(.busybox)
                try await create("db", on: other, "image=db", "takeover=automatic")
                let refused = try await other.run("-v", "db:/data", "busybox", "true")
                #expect(refused.status != 0)
                #expect(refused.errors.contains("in use elsewhere: host"), "\(refused)")

                var acknowledged = 0
                try await eventually("something is written", within: .seconds(60)) {
                    acknowledged = try await one.pouch("logs", id).lines.count
                    return acknowledged > 20
                }
                try await endEverything(of: one)
                try await expectTakenOver(by: other, files: acknowledged)
                try await expectRefused(id, on: one)
                let seen = try await other.run("-v", "db:/data", "busybox", "cat", "/data/own")
                #expect(try seen.said == "mine")
            }
        }
    }

    private func endEverything(of daemon: TestDaemon) async throws {
        try await eventually("nothing of the host runs", within: .seconds(30)) {
            let left = ProcessEntry.belonging(to: daemon.root)
            for process in left { kill(process.id, SIGKILL) }
            return left.isEmpty
        }
        try await daemon.ended()
    }

    private func expectTakenOver(by daemon: TestDaemon, files: Int) async throws {
        let script = """
            \(Self.fio) --verify_only > /tmp/fio.log || { echo "fio lost"; cat /tmp/fio.log; }
            for i in $(seq \(files)); do [ "$(cat /data/$i)" = $i ] || echo "lost $i"; done
            echo mine > /data/own; sync; echo ready; exec sleep 600
            """
        var last: Finished?
        do {
            try await eventually("the lease lapses and is taken", within: .seconds(90)) {
                _ = try await daemon.pouch("rm", "-f", "holder")
                last = try await daemon.pouch(
                    ["run", "-d", "--network", "none", "--name", "holder", "-v", "db:/data"]
                        + programs + ["busybox", "sh", "-c", script])
                return last?.status == 0
            }
        } catch {
            throw TestFailure("\(error): \(last?.description ?? "")")
        }
        try await eventually("the files are read", within: .seconds(60)) {
            try await daemon.pouch("logs", "holder").lines.last == "ready"
        }
        #expect(try await daemon.says("logs", "holder") == "ready", "every synced file is there")
    }

    @Test func `a person takes the volume of a dead host, and of none that lives here`()
        async throws
    {
        try await TestDaemon.running { one in
            try await one.load(.busybox)
            try await create("shop", on: one, "size=32m")
            let id = try await one.runDetached(
                "-v", "shop:/data", "busybox", "sh", "-c",
                "echo kept > /data/note; sync; echo ready; exec sleep 600")
            try await eventually("the note is written", within: .seconds(60)) {
                try await one.pouch("logs", id).lines == ["ready"]
            }
            let own = try await one.pouch("volume", "detach", "--force", "shop")
            #expect(own.status != 0 && own.errors.contains(id), "\(own)")
            try await TestDaemon.running { other in
                try await other.load(.busybox)
                try await create("shop", on: other, "image=shop")
                try await endEverything(of: one)
                let early = try await other.pouch("volume", "detach", "shop")
                #expect(early.status != 0 && early.errors.contains("nobody uses it"), "\(early)")
                let refused = try await other.run("-v", "shop:/data", "busybox", "true")
                #expect(refused.errors.contains("pouch volume detach --force shop"), "\(refused)")
                let taken = try await other.says("volume", "detach", "--force", "shop")
                #expect(taken.contains("was held by host"), "\(taken)")
                #expect(taken.contains("fenced are"), "\(taken)")
                let seen = try await other.run("-v", "shop:/data", "busybox", "cat", "/data/note")
                #expect(try seen.said == "kept")
            }
        }
    }

    /// The dead host comes back, and must not touch what is another's by now.
    private func expectRefused(_ container: String, on daemon: TestDaemon) async throws {
        try await daemon.start()
        let refused = try await daemon.pouch("start", container)
        #expect(refused.status != 0)
        #expect(refused.errors.contains("in use elsewhere: host"), "\(refused)")
    }
}
