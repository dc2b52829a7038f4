import TestSupport
import Testing

/// What docker does with images, and how it says what takes space.
@Suite(
    .daemon(with: .busybox, .volume, .configured), .inTime, .serialized,
    .requiresRoot(to: "run containers"), .requiresDockerCLI)
struct DockerImageTests {
    let daemon: TestDaemon
    let docker: DockerCLI

    init() throws {
        daemon = try .shared
        docker = DockerCLI(daemon: daemon)
    }

    private func id(_ image: String) async throws -> String {
        try await docker.says("image", "inspect", "-f", "{{.Id}}", image)
    }

    @Test func `a tag is one more name for the same image`() async throws {
        let image = try await id("busybox")
        try await docker.says("tag", "busybox", "registry.example:5000/team/box:v1")
        #expect(try await id("registry.example:5000/team/box:v1") == image)
        // Without a tag it is the latest.
        try await docker.says("tag", image, "box")
        let ran = try await docker("run", "--rm", "--network", "none", "box:latest", "echo", "ran")
        #expect(ran.output == "ran\n", "\(ran)")
        for name in ["registry.example:5000/team/box:v1", "box"] {
            try await docker.says("rmi", name)
        }
        #expect(try await id("busybox") == image)
        #expect(try await docker("tag", "nonesuch", "x:1").errors.contains("No such image"))
        #expect(try await docker("tag", "busybox", "UPPER").status != 0)
    }

    @Test func `an image with two names goes by its id only with force`() async throws {
        try await daemon.load(TestImage("twice:1", files: "echo twice > only"))
        try await docker.says("tag", "twice:1", "twice:2")
        let image = try await id("twice:1")
        let refused = try await docker("rmi", image)
        #expect(refused.status == 1)
        #expect(
            refused.errors.contains("twice:1") && refused.errors.contains("force"), "\(refused)")
        let removed = try await docker.says("rmi", "-f", image)
        for line in ["Untagged: twice:1", "Untagged: twice:2", "Deleted: \(image)"] {
            #expect(removed.contains(line), "\(removed)")
        }
        #expect(try await docker("image", "inspect", image).status == 1)
    }

    @Test func `an image that a container needs stays, force or not`() async throws {
        try await daemon.load(TestImage("needed:1", files: "echo needed > only"))
        let container = try await docker.says("create", "--network", "none", "needed:1")
        for words in [["rmi", "needed:1"], ["rmi", "-f", "needed:1"]] {
            let refused = try await docker.run(words)
            #expect(refused.status == 1, "\(refused)")
            #expect(refused.errors.contains(String(container.prefix(12))), "\(refused)")
        }
        try await docker.says("image", "prune", "-af", "--filter", "label!=kept")
        #expect(try await docker("image", "inspect", "needed:1").status == 0)
        try await docker.says("rm", container)
        try await docker.says("rmi", "needed:1")
        // What the prune took is needed by the others.
        try await daemon.load(.busybox, .volume, .configured)
    }

    @Test func `a prune takes what has no name, or with all what nobody needs`() async throws {
        try await daemon.load(TestImage("prune:1", files: "echo 1 > only"))
        let old = try await id("prune:1")
        try await daemon.load(TestImage("prune:1", files: "echo 2 > only"))
        #expect(try await docker.says("images", "-qf", "dangling=true", "--no-trunc") == old)
        let pruned = try await docker.says("image", "prune", "-f")
        #expect(pruned.contains("deleted: \(old)"), "\(pruned)")
        #expect(!pruned.contains("reclaimed space: 0B"), "\(pruned)")
        #expect(try await docker("image", "inspect", "prune:1").status == 0)
        try await daemon.says("rmi", "prune:1")
        let wrong = try await docker("image", "prune", "-f", "--filter", "until=soon")
        #expect(wrong.status == 1 && wrong.errors.contains("until=soon"), "\(wrong)")
    }

    @Test func `inspect and history tell what an image is made of`() async throws {
        let inspected = try JSON(try await docker.says("image", "inspect", "volume:latest"))[0]
        #expect(inspected["RootFS"]["Type"] == "layers")
        #expect(inspected["RootFS"]["Layers"].array?.count == 2)
        #expect(inspected["Config"]["Volumes"].has("/data"))
        let history = try await docker.says(
            "history", "--no-trunc", "--human=false", "--format",
            "{{.ID}} {{.CreatedBy}} {{.Size}}",
            "volume:latest"
        ).split(separator: "\n")
        #expect(history.count == 2)
        #expect(history.first?.hasPrefix(inspected["Id"].string ?? "?") == true, "\(history)")
        #expect(history.allSatisfy { $0.contains("test") && !$0.hasSuffix(" 0") }, "\(history)")
        let pouch = try await daemon.says("history", "--format", "{{.CreatedBy}}", "volume")
        #expect(pouch == "test\ntest")
    }

    @Test func `what pouchd leaves to others is refused with what to use`() async throws {
        for words in [["build", "-"], ["push", "busybox"]] {
            let refused = try await docker.run(
                words, input: Array("FROM busybox\n".utf8), settings: ["DOCKER_BUILDKIT": "0"])
            #expect(refused.status == 1, "\(refused)")
            let said = refused.output + refused.errors
            #expect(said.contains("buildah") || said.contains("skopeo"), "\(refused)")
        }
        let commit = try await daemon.ask("POST", "/commit?container=x")
        #expect(commit.status == 501)
    }

    @Test func `df tells what images and containers take`() async throws {
        let container = try await docker.says(
            "run", "-d", "--network", "none", "-v", "measured:/data", "busybox", "sh", "-c",
            "dd if=/dev/zero of=/big bs=1M count=8; exec sleep 600")
        try await eventually("the layer holds what was written") {
            let usage = try await daemon.ask("GET", "/system/df?type=container").json
            let size = usage["Containers"][0]["SizeRw"].int ?? 0
            return size >= 8 << 20 && size < 9 << 20
        }
        let usage = try await daemon.ask("GET", "/system/df").json
        let busybox = usage["Images"].array?.first { image in
            image["RepoTags"].array?.contains("busybox:latest") == true
        }
        #expect(busybox?["Containers"].int == 1)
        #expect(usage["LayersSize"].int ?? 0 > 1 << 20)
        let volume = usage["Volumes"].array?.first { $0["Name"] == "measured" }
        #expect(volume?["UsageData"]["RefCount"].int == 1)
        #expect(!usage.has("nonesuch") && usage["BuildCache"] == [])
        let table = try await docker.says("system", "df", "--format", "{{.Type}} {{.Active}}")
        #expect(table.contains("Containers 1") && table.contains("Local Volumes 1"), "\(table)")
        #expect(try await docker("system", "df", "-v").status == 0)
        #expect(try await daemon.says("system", "df").contains("Local Volumes"))
        #expect(try await daemon.says("system", "df", "-v").contains("measured"))
        let wrong = try await daemon.ask("GET", "/system/df?type=nonesuch")
        #expect(wrong.status == 400 && wrong.message.contains("nonesuch"))
        try await docker.says("rm", "-f", container)
        try await docker.says("volume", "rm", "measured")
    }

    @Test func `a system prune takes what nobody needs, and nothing else`() async throws {
        let kept = try await docker.detached("busybox", "sleep", "600")
        let ended = try await docker.says("create", "--network", "none", "busybox")
        try await docker.says("volume", "create", "named")
        let pruned = try await docker.says("system", "prune", "-f", "--volumes")
        #expect(pruned.contains(ended), "\(pruned)")
        #expect(!pruned.contains(kept) && !pruned.contains("named"), "\(pruned)")
        #expect(try await docker.says("ps", "-aq", "--no-trunc") == kept)
        #expect(try await docker("volume", "inspect", "named").status == 0)
        try await docker.says("rm", "-f", kept)
        try await docker.says("volume", "rm", "named")
    }

    @Test func `info and version are what docker wants to read`() async throws {
        let info = try await docker(
            "info", "--format", "{{.Images}} {{.OSType}} {{.Plugins.Volume}}")
        #expect(info.status == 0, "\(info)")
        #expect(info.output.contains("linux [ceph local tmpfs"), "\(info)")
        #expect(!info.output.hasPrefix("0 "))
        #expect(info.errors == "", "\(info)")
        let cgroup = try await docker.says(
            "info", "--format", "{{.CgroupVersion}} {{.LoggingDriver}}")
        #expect(["1 json-file", "2 json-file"].contains(cgroup))
        #expect(try await docker("version").status == 0)
        #expect(try await daemon.says("info").contains("Images"))
    }
}
