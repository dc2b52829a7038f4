import FoundationEssentials
import TestSupport
import Testing

/// Images on their way out, and what a container made of its image.
@Suite(
    .daemon(with: .busybox, .data), .inTime, .serialized, .requiresRoot(to: "run containers"),
    .requiresDockerCLI)
struct DockerLayerTests {
    let daemon: TestDaemon
    let docker: DockerCLI

    init() throws {
        daemon = try .shared
        docker = DockerCLI(daemon: daemon)
    }

    static let hasSkopeo = FileManager.default.isExecutableFile(atPath: "/usr/bin/skopeo")

    private func path(_ word: String) -> String { "\(daemon.root)/\(daemon.fresh(word)).tar" }

    // MARK: Images

    @Test func `images that are saved are loaded again, with their names`() async throws {
        let file = path("saved")
        try await docker.says("tag", "data", "registry.example:5000/team/data:v1")
        let id = try await docker.says("image", "inspect", "-f", "{{.Id}}", "data")
        try await docker.says("save", "-o", file, "data", "registry.example:5000/team/data:v1")
        try await docker.says("rmi", "data", "registry.example:5000/team/data:v1")
        #expect(try await docker("image", "inspect", "data").status == 1)
        let loaded = try await docker.says("load", "-i", file)
        #expect(loaded.contains("data:latest") && loaded.contains("team/data:v1"), "\(loaded)")
        #expect(try await docker.says("image", "inspect", "-f", "{{.Id}}", "data") == id)
        let ran = try await docker.run([
            "run", "--rm", "--network", "none", "data", "cat", "/data/file",
        ])
        #expect(try ran.said == "from the image")
        try await docker.says("rmi", "registry.example:5000/team/data:v1")
    }

    @Test(.enabled(if: hasSkopeo, "needs skopeo"))
    func `an image that is saved is what OCI's and docker's other tools read`() async throws {
        let file = path("saved")
        try await daemon.says("save", "-o", file, "busybox")
        let id = try await docker.says("image", "inspect", "-f", "{{.Id}}", "busybox")
        for kind in ["docker-archive", "oci-archive"] {
            let copy = path("copied")
            try await Program.shell(
                #"skopeo copy -q "$1:$2" "docker-archive:$3:copied:latest""#, kind, file, copy)
            try await docker.says("load", "-i", copy)
            #expect(try await docker.says("image", "inspect", "-f", "{{.Id}}", "copied") == id)
            try await docker.says("rmi", "copied")
        }
    }

    @Test func `a saved image goes through a pipe, by its id without a name`() async throws {
        let id = try await docker.says("image", "inspect", "-f", "{{.Id}}", "busybox")
        let said = try await Program.shell(
            #""$1" -H "unix://$2" save "$3" | "$1" -H "unix://$2" load"#,
            Built.pouch, daemon.socket, id)
        #expect(said.contains(id), "\(said)")
        #expect(
            try await docker.says("image", "inspect", "-f", "{{.RepoTags}}", id)
                == "[busybox:latest]")
    }

    @Test func `what is not there is not saved, and leaves no file`() async throws {
        let file = path("none")
        let refused = try await daemon.pouch("save", "-o", file, "busybox", "nonesuch")
        #expect(refused.status == 1 && refused.errors.contains("nonesuch"), "\(refused)")
        #expect(!FileManager.default.fileExists(atPath: file))
        let again = try await docker("save", "-o", file, "nonesuch")
        #expect(again.status == 1 && again.errors.contains("No such image"), "\(again)")
        #expect(try await daemon.ask("GET", "/images/get").status == 400)
    }

    // MARK: Containers

    @Test func `diff tells what was added, changed and deleted`() async throws {
        let script = """
            rm /data/file; echo > /data/folder/new; mkdir /made; touch /made/f /mounted/f
            chmod 700 /data/empty; touch /done; exec sleep 600
            """
        let id = try await docker.detached(
            "-v", "/mounted", "data", "sh", "-c", script)
        try await eventually("it did all that", within: .seconds(60)) {
            try await docker("exec", id, "ls", "/done").status == 0
        }
        let expected = """
            C /data
            C /data/empty
            D /data/file
            C /data/folder
            A /data/folder/new
            A /done
            A /made
            A /made/f
            A /mounted
            """
        #expect(try await docker.says("diff", id) == expected)
        #expect(try await daemon.says("diff", id) == expected)
        try await docker.says("kill", id)
        #expect(try await docker.says("diff", id) == expected)
        try await docker.says("rm", "-v", id)
        let unknown = try await docker("diff", "nonesuch")
        #expect(unknown.status == 1 && unknown.errors.contains("No such container"), "\(unknown)")
    }

    @Test func `a directory that is made anew has lost what was in it`() async throws {
        let id = try await docker.says(
            "run", "-d", "--network", "none", "data", "sh", "-c",
            "rm -r /data/folder && mkdir /data/folder && touch /data/folder/only")
        try await docker.says("wait", id)
        #expect(
            try await docker.says("diff", id) == """
                C /data
                C /data/folder
                D /data/folder/hard
                A /data/folder/only
                """)
        // Nothing is told of a container that changed nothing.
        let idle = try await docker.says("create", "--network", "none", "data", "true")
        #expect(try await docker.says("diff", idle) == "")
        try await docker.says("rm", id, idle)
    }

    @Test func `export is the container's filesystem without its volumes`() async throws {
        let id = try await docker.detached(
            "-v", "/mounted", "data", "sh", "-c",
            "echo mine > /own; echo kept > /mounted/f; touch /done; exec sleep 600")
        try await eventually("it did all that", within: .seconds(60)) {
            try await docker("exec", id, "ls", "/done").status == 0
        }
        let file = path("exported")
        for step in ["running", "ended"] {
            try await docker.says("export", "-o", file, id)
            let names = try await Program.shell(
                #"tar -tf "$1" | sed 's,^\./,,'"#, file
            ).split(separator: "\n").map(String.init)
            #expect(
                Set(["own", "mounted/", "data/file", "bin/busybox"]).isSubset(of: names), "\(step)")
            #expect(
                !names.contains("mounted/f")
                    && !names.contains { $0.hasPrefix("proc/") && $0 != "proc/" })
            #expect(try await Program.shell(#"tar -xOf "$1" ./own"#, file) == "mine")
            if step == "running" { try await docker.says("kill", id) }
        }
        try await daemon.says("export", "-o", file, id)
        #expect(try await Program.shell(#"tar -xOf "$1" ./own"#, file) == "mine")
        try await docker.says("rm", "-v", id)
        #expect(try await daemon.pouch("export", "-o", file, "nonesuch").status == 1)
    }

    @Test func `ps -s tells what containers take`() async throws {
        let id = try await docker.detached(
            "busybox", "sh", "-c", "dd if=/dev/zero of=/big bs=1M count=8; exec sleep 600")
        try await eventually("the layer holds what was written", within: .seconds(60)) {
            let size = try await docker.says("ps", "-s", "--format", "{{.Size}}")
            return size.hasPrefix("8.") && size.contains("MB (virtual ")
        }
        #expect(try await daemon.says("ps", "-s").contains("MiB (virtual "))
        let plain = try await daemon.ask("GET", "/containers/json").json
        #expect(plain[0].has("Id") && !plain[0].has("SizeRw"))
        let inspected = try await daemon.ask("GET", "/containers/\(id)/json?size=1").json
        #expect(inspected["SizeRw"].int ?? 0 >= 8 << 20)
        #expect(inspected["SizeRootFs"].int ?? 0 > inspected["SizeRw"].int ?? 0)
        try await docker.says("rm", "-f", id)
    }

    // MARK: What there is not

    @Test(arguments: [
        ["swarm", "init"], ["service", "ls"], ["secret", "ls"], ["node", "ls"],
        ["search", "busybox"],
    ])
    func `what pouchd is no part of is refused in words`(words: [String]) async throws {
        let refused = try await docker.run(words)
        #expect(refused.status == 1 && refused.errors.contains("pouchd"), "\(refused)")
        #expect(try await docker.says("plugin", "ls", "-q") == "")
        let cluster = try await daemon.ask("PUT", "/volumes/x?version=1", [:])
        #expect(cluster.status == 501 && cluster.message.contains("update"), "\(cluster)")
    }
}
