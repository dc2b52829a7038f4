import FoundationEssentials
import TestSupport
import Testing

/// What people do every day, by each docker command line that this machine has: an old one asks
/// otherwise than a new one.
@Suite(
    .daemon(with: .busybox, .volume), .inTime, .serialized, .requiresRoot(to: "run containers"),
    .requiresDockerCLI)
struct EveryDockerTests {
    let daemon: TestDaemon

    init() throws { daemon = try .shared }

    /// Ways to mount something at /m, the words for it with `SOURCE` for a volume's name and `PATH`
    /// for a directory of the host's, and whether it can be written to.
    static let mounts: [(words: [String], isWritable: Bool)] = [
        (["-v", "SOURCE:/m"], true), (["-v", "SOURCE:/m:ro"], false), (["-v", "/m"], true),
        (["-v", "SOURCE:/m:nocopy"], true), (["-v", "SOURCE:/m:rr"], true),
        (["-v", "PATH:/m"], true), (["-v", "PATH:/m:ro"], false), (["-v", "PATH:/m:z"], true),
        (["-v", "PATH:/m:rprivate"], true), (["-v", "PATH/missing:/m"], true),
        (["--mount", "type=volume,source=SOURCE,target=/m"], true),
        (["--mount", "type=volume,source=SOURCE,target=/m,readonly"], false),
        (["--mount", "type=volume,target=/m,volume-label=a=b"], true),
        (["--mount", "source=SOURCE,target=/m,volume-driver=local,volume-opt=mode=700"], true),
        (["--mount", "source=SOURCE,target=/m,volume-nocopy"], true),
        (["--mount", "type=bind,source=PATH,target=/m"], true),
        (["--mount", "type=bind,source=PATH,target=/m,readonly"], false),
        (["--mount", "type=bind,source=PATH,target=/m,bind-propagation=rprivate"], true),
        (["--mount", "type=tmpfs,target=/m,tmpfs-size=1m,tmpfs-mode=700"], true),
        (["--tmpfs", "/m:size=1m"], true), (["--volumes-from", "OTHER"], true),
        (["--volumes-from", "OTHER:ro"], false),
        (["--volume-driver", "tmpfs", "-v", "SOURCE:/m"], true),
    ]

    @Test(arguments: DockerCLI.programs)
    func `everything can be mounted`(program: String) async throws {
        let docker = DockerCLI(daemon: daemon, program: program)
        let other = try await docker.says("create", "--network", "none", "-v", "/m", "busybox")
        for (words, isWritable) in Self.mounts {
            let (name, path) = (daemon.fresh(), daemon.root + "/" + daemon.fresh("directory"))
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true)
            let filled = words.map {
                $0.replacing("SOURCE", with: name).replacing("PATH", with: path)
                    .replacing("OTHER", with: other)
            }
            let ran = try await docker.run(
                ["run", "--rm", "--network", "none"] + filled + [
                    "busybox", "sh", "-c",
                    "grep -q ' /m ' /proc/mounts && { touch /m/f 2> /dev/null && echo w || echo r; }",
                ])
            #expect(ran.status == 0 && ran.output == (isWritable ? "w\n" : "r\n"), "\(ran)")
        }
        try await docker.says("rm", "-v", other)
        let named = try await docker.says("volume", "ls", "-q").split(separator: "\n")
        #expect(named.allSatisfy { $0.hasPrefix("volume-") }, "\(named)")
        try await docker.says("volume", "prune", "-f", "--filter", "label!=nonesuch")
        for name in try await daemon.volumes { try await docker.says("volume", "rm", name) }
    }

    @Test(arguments: DockerCLI.programs)
    func `containers are made, watched, changed and removed`(program: String) async throws {
        let docker = DockerCLI(daemon: daemon, program: program)
        let ran = try await docker.run(
            ["run", "--rm", "-i", "--network", "none", "busybox", "sh", "-c", "cat; exit 3"],
            input: Array("typed".utf8))
        #expect(ran.status == 3 && ran.output == "typed", "\(ran)")
        try await docker.withContainer("--name", "every", "-e", "A=b") { id in
            #expect(try await docker.says("exec", id, "sh", "-c", "echo $A") == "b")
            #expect(try await docker.says("ps", "--format", "{{.Names}}") == "every")
            try await docker.says("cp", "/etc/hostname", "every:/copied")
            #expect(try await docker.says("exec", id, "ls", "/copied") == "/copied")
            #expect(try await docker.says("top", id).contains("sleep 600"))
            #expect(try await docker.says("stats", "--no-stream", id).contains("every"))
            try await docker.says("pause", id)
            try await docker.says("unpause", id)
            try await docker.says("restart", "-t", "0", id)
            try await docker.says("update", "--memory", "64m", "--memory-swap", "64m", id)
            try await docker.says("rename", id, "other")
            try await docker.says("stop", "-t", "0", "other")
            #expect(try await docker.says("wait", "other") == "137")
            #expect(try await docker.says("diff", "other").contains("A /copied"))
        }
        let ended = try await docker.says(
            "run", "-d", "--network", "none", "busybox", "echo", "said")
        try await docker.says("wait", ended)
        #expect(try await docker.says("logs", ended) == "said")
        #expect(try await docker.says("logs", "--details", ended) == " said")
        try await docker.says("rm", ended)
    }

    @Test(arguments: DockerCLI.programs)
    func `what can't be honoured is refused, and makes nothing`(program: String) async throws {
        let docker = DockerCLI(daemon: daemon, program: program)
        let ended = try await docker.says("create", "--network", "none", "busybox", "true")
        let foreign = "linux/s390x"
        for (words, reason) in [
            (["create", "--platform", foreign, "busybox"], foreign),
            (["pull", "--platform", foreign, "busybox"], foreign),
            (["rm", "--link", ended], "link"),
            (["run", "--link", "x:y", "--network", "none", "busybox"], "link"),
            (["network", "create", "mine"], "pouchd has the networks"),
            (["import", "-"], "buildah"), (["commit", ended], "buildah"),
            (["create", "--gpus", "all", "busybox"], "DeviceRequests"),
            (["create", "--device-read-bps", "/dev/null:1m", "busybox"], "BlkioDeviceReadBps"),
            (["create", "--device-cgroup-rule", "c 1:3 r", "busybox"], "DeviceCgroupRules"),
            (["create", "--cpu-rt-runtime", "1000", "busybox"], "CpuRealtimeRuntime"),
            (["create", "--security-opt", "systempaths=unconfined", "busybox"], "MaskedPaths"),
            (["update", "--cpu-rt-period", "1000", ended], "CpuRealtimePeriod"),
        ] {
            let refused = try await docker.run(words)
            #expect(refused.status != 0 && refused.errors.contains(reason), "\(refused)")
        }
        #expect(try await docker.says("ps", "-aq", "--no-trunc") == ended)
        let details = try await docker.run(
            ["run", "--rm", "--network", "none", "--platform", "linux", "busybox", "true"])
        #expect(details.status == 0, "\(details)")
        try await docker.says("rm", ended)
    }

    @Test(arguments: DockerCLI.programs)
    func `volumes, images and the system are told of`(program: String) async throws {
        let docker = DockerCLI(daemon: daemon, program: program)
        try await docker.says("volume", "create", "--label", "a=b", "-o", "uid=7", "every")
        #expect(try await docker.says("volume", "ls", "-q", "--filter", "label=a=b") == "every")
        #expect(
            try await docker.says("volume", "inspect", "-f", "{{.Options.uid}}", "every") == "7")
        let summary = try await docker.says("system", "df", "-v")
        #expect(summary.contains("every") && summary.contains("busybox"), "\(summary)")
        try await docker.says("volume", "rm", "every")
        #expect(try await docker("volume", "rm", "every").errors.contains("o such volume"))
        let saved = daemon.root + "/" + daemon.fresh("saved")
        try await docker.says("save", "-o", saved, "busybox")
        try await docker.says("load", "-i", saved)
        #expect(try await docker("info").status == 0)
        #expect(try await docker("version").status == 0)
        let built = try await docker("build", "-", input: Array("FROM busybox\n".utf8))
        #expect(built.status != 0, "\(built)")
        #expect((built.output + built.errors).contains("buildah"), "\(built)")
    }
}
