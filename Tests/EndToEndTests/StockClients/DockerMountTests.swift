import TestSupport
import Testing

/// Every way in which `docker run` mounts something.
@Suite(
    .daemon(with: .busybox, .data, .volume, .sly), .inTime, .serialized,
    .requiresRoot(to: "run containers"), .requiresDockerCLI)
struct DockerMountTests {
    let daemon: TestDaemon
    let docker: DockerCLI

    init() throws {
        daemon = try .shared
        docker = DockerCLI(daemon: daemon)
    }

    private func run(_ words: String...) async throws -> Finished {
        try await docker.run(["run", "--rm", "--network", "none"] + words)
    }

    private func directory(_ word: String) async throws -> String {
        let path = daemon.root + "/" + daemon.fresh(word)
        try await Program.shell(#"mkdir -p "$1""#, path)
        return path
    }

    /// What a mount at /m of a container is like: its options and its filesystem, of mountinfo.
    private func mountinfo(_ words: [String]) async throws -> String {
        try await docker.run(
            ["run", "--rm", "--network", "none"] + words
                + ["busybox", "sh", "-c", "grep ' /m ' /proc/self/mountinfo"]
        ).said
    }

    // MARK: -v

    @Test func `a named volume keeps what a container wrote`() async throws {
        let name = daemon.fresh()
        _ = try await run("-v", "\(name):/m", "busybox", "sh", "-c", "echo kept > /m/f").said
        #expect(try await run("-v", "\(name):/m:ro", "busybox", "cat", "/m/f").said == "kept")
        let refused = try await run("-v", "\(name):/m:ro", "busybox", "touch", "/m/g")
        #expect(refused.errors.contains("Read-only file system"), "\(refused)")
    }

    @Test func `an anonymous volume goes with --rm, and else only with rm -v`() async throws {
        let before = try await daemon.volumes
        _ = try await run("-v", "/m", "busybox", "touch", "/m/f").said
        _ = try await run("volume", "true").said
        #expect(try await daemon.volumes == before)
        for flags in [[], ["-v"]] {
            let count = try await daemon.volumes.count
            let id = try await docker.says("create", "-v", "/m", "busybox")
            #expect(try await daemon.volumes.count == count + 1)
            _ = try await docker.run(["rm"] + flags + [id]).said
        }
        let left = try await daemon.volumes.subtracting(before)
        #expect(left.count == 1)
        for name in left { try await docker.says("volume", "rm", name) }
    }

    @Test(arguments: ["z", "Z", "rw", "ro,z", "nocopy", "rslave", "cached"])
    func `docker's modes are understood`(mode: String) async throws {
        _ = try await run("-v", "\(daemon.fresh()):/m:\(mode)", "busybox", "true").said
    }

    @Test(arguments: ["ro,rw", "sometimes", "private,shared", "dr,rr", "idmap=1-2"])
    func `a mode that makes no sense is refused`(mode: String) async throws {
        let name = daemon.fresh()
        let finished = try await run("-v", "\(name):/m:\(mode)", "busybox", "true")
        #expect(finished.status == 125, "\(finished)")
        #expect(finished.errors.contains("mode") || finished.errors.contains("idmap"))
        #expect(try await !daemon.volumes.contains(name))
    }

    @Test func `two mounts at one place are refused`() async throws {
        for words in [
            ["-v", "a1:/m", "-v", "b1:/m/"], ["-v", "a1:/m", "--mount", "target=/m"],
            ["-v", "a1:/m", "--tmpfs", "/m"],
        ] {
            let finished = try await docker.run(["run", "--rm"] + words + ["busybox", "true"])
            #expect(finished.status == 125, "\(finished)")
            #expect(finished.errors.contains("Duplicate mount point: /m"), "\(finished)")
        }
    }

    @Test func `what lies in another mount is mounted after it`() async throws {
        let (outer, inner) = (daemon.fresh(), daemon.fresh())
        let said = try await run(
            "-v", "\(inner):/m/a/b", "-v", "\(outer):/m", "busybox", "sh", "-c",
            "touch /m/a/b/in /m/out; ls /m /m/a/b")
        #expect(try said.said == "/m:\na\nout\n\n/m/a/b:\nin")
    }

    // MARK: -v, the original's own modes

    @Test func `dr mounts a directory of the volume that is called as its destination`()
        async throws
    {
        let name = daemon.fresh()
        _ = try await run(
            "-v", "\(name):/m/one:dr", "-v", "\(name):/m/two:dr", "busybox", "sh", "-c",
            "echo 1 > /m/one/f; echo 2 > /m/two/f"
        ).said
        #expect(
            try await run("-v", "\(name):/v", "busybox", "cat", "/v/m/one/f", "/v/m/two/f").said
                == "1\n2")
    }

    @Test func `dr fills its directory from the image, once and whole`() async throws {
        let name = daemon.fresh()
        #expect(
            try await run("-v", "\(name):/data:dr", "data", "cat", "/data/file").said
                == "from the image")
        _ = try await run(
            "-v", "\(name):/data:dr", "data", "sh", "-c", "rm -r /data/*; touch /data/mine"
        ).said
        #expect(try await run("-v", "\(name):/data:dr", "data", "ls", "/data").said == "mine")
        #expect(
            try await run(
                "-v", "\(name):/v", "busybox", "sh", "-c", "stat -c '%a %u:%g' /v/data; ls -A /v"
            )
            .said == "2750 1000:1001\ndata")
    }

    @Test func `rr gives each container a directory of its own`() async throws {
        let name = daemon.fresh()
        for _ in 0..<2 {
            #expect(
                try await run("-v", "\(name):/m:rr", "busybox", "sh", "-c", "ls /m; touch /m/f")
                    .said == "")
        }
        #expect(
            try await run("-v", "\(name):/v", "busybox", "sh", "-c", "ls /v/*/f | wc -l").said
                == "2")
    }

    @Test func `dr and rr are for volumes`() async throws {
        let path = try await directory("host")
        let finished = try await run("-v", "\(path):/m:dr", "busybox", "true")
        #expect(finished.status == 125 && finished.errors.contains("for volumes"), "\(finished)")
    }

    // MARK: --mount

    @Test func `a mount of type volume makes it as it says`() async throws {
        let name = daemon.fresh()
        let words = "type=volume,source=\(name),target=/m,volume-label=a=b,volume-driver=tmpfs,"
        _ = try await run(
            "--mount", words + "volume-opt=size=1m", "busybox", "touch", "/m/f"
        ).said
        let volume = try await daemon.ask("GET", "/volumes/\(name)").json
        #expect(volume["Driver"] == "tmpfs")
        #expect(volume["Labels"]["a"] == "b")
        #expect(volume["Options"]["size"] == "1m")
    }

    @Test func `volume-nocopy leaves a volume empty`() async throws {
        let copied = try await run("--mount", "target=/data", "data", "ls", "/data").said
        #expect(copied.contains("file"))
        #expect(
            try await run("--mount", "target=/data,volume-nocopy", "data", "ls", "/data").said
                == "")
    }

    @Test func `a subpath shows that part of a volume`() async throws {
        let name = daemon.fresh()
        _ = try await run(
            "-v", "\(name):/v", "busybox", "sh", "-c", "mkdir -p /v/a/b; echo deep > /v/a/b/f"
        ).said
        let mount = "source=\(name),target=/m,volume-subpath="
        #expect(try await run("--mount", mount + "a/b", "busybox", "cat", "/m/f").said == "deep")
        #expect(try await run("--mount", mount + "a/b/f", "busybox", "cat", "/m").said == "deep")
        let missing = try await run("--mount", mount + "none", "busybox", "true")
        #expect(missing.status != 0 && missing.errors.contains("none"), "\(missing)")
        for bad in ["/a", "..", "a/../.."] {
            let refused = try await run("--mount", mount + bad, "busybox", "true")
            #expect(refused.status == 125 && refused.errors.contains("subpath"), "\(refused)")
        }
    }

    @Test func `a subpath never leads out of its volume`() async throws {
        let name = daemon.fresh()
        _ = try await run(
            "-v", "\(name):/v", "busybox", "sh", "-c",
            "ln -s /etc /v/away; ln -s ../../../../etc /v/up; mkdir /v/in; ln -s in /v/fine"
        ).said
        for link in ["away", "up", "up/passwd"] {
            let refused = try await run(
                "--mount", "source=\(name),target=/m,volume-subpath=\(link)", "busybox", "ls", "/m")
            #expect(refused.status != 0, "\(refused)")
            #expect(refused.errors.contains("leads out"), "\(refused)")
        }
        _ = try await run(
            "--mount", "source=\(name),target=/m,volume-subpath=fine", "busybox", "true"
        ).said
    }

    @Test func `a bind needs its source, unless it is to be made`() async throws {
        let path = daemon.root + "/" + daemon.fresh("made")
        let bind = "type=bind,source=\(path),target=/m"
        let refused = try await run("--mount", bind, "busybox", "true")
        #expect(refused.status == 125 && refused.errors.contains(path), "\(refused)")
        let body: JSON = [
            "Image": "busybox", "Cmd": ["true"],
            "HostConfig": [
                "NetworkMode": "none",
                "Mounts": [
                    [
                        "Type": "bind", "Source": .string(path), "Target": "/m",
                        "BindOptions": ["CreateMountpoint": true],
                    ]
                ],
            ],
        ]
        let made = try await daemon.ask("POST", "/containers/create", body)
        #expect(made.status == 201, "\(made)")
        try await Program.shell(#"[ -d "$1" ]"#, path)
        _ = try await run("--mount", bind + ",readonly", "busybox", "true").said
    }

    @Test func `a bind brings what is mounted below, read-only as itself`() async throws {
        let path = try await directory("tree")
        try await Program.shell(
            #"mkdir "$1/below"; mount -t tmpfs pouch-test "$1/below"; touch "$1/below/f""#, path)
        let words = "type=bind,source=\(path),target=/m"
        let script = "ls /m/below; touch /m/below/g 2>&1 | grep -o 'Read-only'; true"
        var said: [String: String] = [:]
        for option in [
            "", ",bind-nonrecursive", ",readonly", ",readonly,bind-recursive=writable",
            ",readonly,bind-propagation=rprivate,bind-recursive=readonly",
        ] {
            let finished = try await run("--mount", words + option, "busybox", "sh", "-c", script)
            said[option] = finished.output.replacing("\n", with: " ")
            try await Program.shell(#"rm -f "$1/below/g""#, path)
        }
        try await Program.shell(#"umount "$1/below""#, path)
        #expect(
            said == [
                "": "f ", ",bind-nonrecursive": "", ",readonly": "f Read-only ",
                ",readonly,bind-recursive=writable": "f ",
                ",readonly,bind-propagation=rprivate,bind-recursive=readonly": "f Read-only ",
            ])
    }

    @Test func `a bind's propagation is the one asked for`() async throws {
        let path = try await directory("propagated")
        let info = try await mountinfo(
            ["--mount", "type=bind,source=\(path),target=/m,bind-propagation=rshared"])
        #expect(info.contains("shared:") || info.contains("master:") || !info.contains("private"))
        let refused = try await docker.run([
            "run", "--rm", "--mount", "type=bind,source=\(path),target=/m,bind-propagation=odd",
            "busybox", "true",
        ])
        #expect(refused.status == 125, "\(refused)")
    }

    @Test func `options of another type are refused`() async throws {
        for mount: JSON in [
            ["Type": "volume", "Target": "/m", "BindOptions": ["Propagation": "rshared"]],
            ["Type": "bind", "Source": "/tmp", "Target": "/m", "VolumeOptions": ["NoCopy": true]],
            ["Type": "tmpfs", "Source": "x", "Target": "/m"],
            ["Type": "cluster", "Source": "x", "Target": "/m"],
            ["Type": "tmpfs", "Target": "/m", "TmpfsOptions": ["Options": [["colour", "red"]]]],
        ] {
            let answer = try await daemon.ask(
                "POST", "/containers/create",
                ["Image": "busybox", "HostConfig": ["Mounts": [mount]]])
            #expect(answer.status == 400, "\(answer)")
        }
    }

    // MARK: tmpfs

    @Test func `a tmpfs has the size and mode that it was given`() async throws {
        let info = try await mountinfo([
            "--mount", "type=tmpfs,target=/m,tmpfs-size=1048576,tmpfs-mode=1770",
        ])
        #expect(info.contains(" tmpfs ") && info.contains("size=1024k"), "\(info)")
        #expect(info.contains("mode=1770") && info.contains("noexec"), "\(info)")
    }

    @Test func `--tmpfs takes options as docker does`() async throws {
        let info = try await mountinfo(["--tmpfs", "/m:size=2m,exec,mode=700,uid=5"])
        #expect(info.contains("size=2048k") && info.contains("uid=5"), "\(info)")
        #expect(!info.contains("noexec"), "\(info)")
        let readOnly = try await run("--tmpfs", "/m:ro", "busybox", "touch", "/m/f")
        #expect(readOnly.errors.contains("Read-only"), "\(readOnly)")
        let refused = try await run("--tmpfs", "/m:colour=red", "busybox", "true")
        #expect(refused.status == 125 && refused.errors.contains("colour"), "\(refused)")
        let id = try await docker.says("create", "--tmpfs", "/m:size=1m", "busybox")
        #expect(
            try await docker.says("inspect", "-f", "{{json .HostConfig.Tmpfs}} {{len .Mounts}}", id)
                == #"{"/m":"size=1m"} 0"#)
        try await docker.says("rm", id)
    }

    // MARK: image

    @Test func `an image is shown read-only, or a part of it`() async throws {
        let mount = "type=image,source=data,target=/m"
        #expect(
            try await run("--mount", mount, "busybox", "cat", "/m/data/file").said
                == "from the image")
        let written = try await run("--mount", mount, "busybox", "touch", "/m/f")
        #expect(written.errors.contains("Read-only"), "\(written)")
        #expect(
            try await run("--mount", mount + ",image-subpath=data", "busybox", "cat", "/m/file")
                .said == "from the image")
        let id = try await docker.says("create", "--mount", mount, "busybox")
        let refused = try await docker("rmi", "data")
        #expect(refused.status != 0, "\(refused)")
        try await docker.says("rm", id)
        let missing = try await run(
            "--mount", "type=image,source=nonesuch,target=/m", "busybox", "true")
        #expect(missing.status == 125 && missing.errors.contains("nonesuch"), "\(missing)")
    }

    // MARK: Other containers' mounts

    @Test func `volumes-from gives another container's mounts`() async throws {
        let (name, path) = (daemon.fresh(), try await directory("shared"))
        let first = try await docker.says(
            "create", "-v", "\(name):/m", "-v", "/anonymous", "-v", "\(path):/host", "busybox")
        _ = try await run(
            "--volumes-from", first, "busybox", "sh", "-c", "echo 1 | tee /m/f /host/f /anonymous/f"
        ).said
        #expect(
            try await run(
                "--volumes-from", first, "busybox", "cat", "/m/f", "/host/f", "/anonymous/f"
            )
            .said == "1\n1\n1")
        let refused = try await run("--volumes-from", "\(first):ro", "busybox", "touch", "/m/g")
        #expect(refused.errors.contains("Read-only"), "\(refused)")
        // One's own mount at the same place comes first, an image's volume last.
        #expect(
            try await run(
                "--volumes-from", first, "-v", "\(daemon.fresh()):/m", "busybox", "ls", "/m"
            )
            .said == "")
        try await docker.says("rm", "-v", first)
        let unknown = try await run("--volumes-from", "nonesuch", "busybox", "true")
        #expect(unknown.status == 125 && unknown.errors.contains("nonesuch"), "\(unknown)")
        #expect(try await run("--volumes-from", "a:b:c", "busybox", "true").status == 125)
    }

    @Test func `a volume stays in use while an heir has it`() async throws {
        let name = daemon.fresh()
        let first = try await docker.says("create", "-v", "\(name):/m", "busybox")
        let heir = try await docker.says("create", "--volumes-from", first, "busybox")
        try await docker.says("rm", first)
        let refused = try await docker("volume", "rm", name)
        #expect(refused.errors.contains("in use"), "\(refused)")
        try await docker.says("rm", heir)
        try await docker.says("volume", "rm", name)
    }

    @Test func `volume-driver is for the volumes that the container makes`() async throws {
        let name = daemon.fresh()
        _ = try await run("--volume-driver", "tmpfs", "-v", "\(name):/m", "busybox", "true").said
        #expect(try await docker.says("volume", "inspect", "-f", "{{.Driver}}", name) == "tmpfs")
        let refused = try await run(
            "--volume-driver", "nonesuch", "-v", "\(daemon.fresh()):/m", "busybox", "true")
        #expect(refused.status == 125 && refused.errors.contains("nonesuch"), "\(refused)")
    }

    // MARK: Owners

    @Test func `idmap shows owners as others, on volumes and binds`() async throws {
        let name = daemon.fresh()
        let path = try await directory("owned")
        try await Program.shell(#"touch "$1/root"; chown 0:0 "$1/root""#, path)
        _ = try await run("-v", "\(name):/m", "busybox", "touch", "/m/root").said
        let map = "idmap=uids=0-1000-1;gids=0-2000-1"
        for source in [name, path] {
            let finished = try await run(
                "-v", "\(source):/m:\(map)", "-u", "1000:2000", "busybox", "sh", "-c",
                "stat -c %u:%g /m/root; touch /m/new && stat -c %u:%g /m/new")
            if finished.errors.contains("shows no owners as others") { continue }
            #expect(try finished.said == "1000:2000\n1000:2000")
            #expect(
                try await run("-v", "\(source):/m", "busybox", "stat", "-c", "%u:%g", "/m/new").said
                    == "0:0")
        }
    }

    @Test func `nothing staged is left once containers run`() async throws {
        let name = daemon.fresh()
        let id = try await docker.detached(
            "-v", "\(name):/m:dr", "--mount", "type=image,source=data,target=/i", "busybox",
            "sleep",
            "100")
        #expect(MountEntry.under(daemon.state + "/mounts").isEmpty)
        try await docker.says("rm", "-f", id)
    }
}
