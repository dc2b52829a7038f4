import FoundationEssentials
import Linux
import TestSupport
import Testing

/// Images in, listed and out.
@Suite(.daemon, .inTime, .serialized, .requiresRoot(to: "run containerd"))
struct ImageTests {
    let daemon: TestDaemon

    init() throws { daemon = try .shared }

    private var names: [String] {
        get async throws {
            try await daemon.says("images", "--format", "{{.Repository}}:{{.Tag}}")
                .split(separator: "\n").map(String.init)
        }
    }

    private func bytes(_ path: String) throws -> [UInt8] {
        try OpenFile.bytes(at: path)
    }

    @Test func `docker's archive is loaded, listed, run and removed`() async throws {
        let archive = try await TestImage("one:1.0").archive(in: daemon.root)
        let loaded = try await daemon.says("load", "-i", archive)
        #expect(loaded.contains("one:1.0"), "\(loaded)")
        #expect(try await names == ["one:1.0"])
        let table = try await daemon.says("images").split(separator: "\n")
        #expect(
            table.first?.wholeMatch(of: #/REPOSITORY +TAG +IMAGE ID +CREATED +SIZE */#) != nil)
        #expect(table.count == 2)
        let finished = try await daemon.run("one:1.0", "echo", "runs")
        #expect(finished.output == "runs\n", "\(finished)")

        #expect(try await daemon.says("rmi", "one:1.0").contains("Untagged: "))
        #expect(try await names == [])
        #expect(try await daemon.pouch("rmi", "one:1.0").status == 1)
    }

    @Test func `an OCI archive is loaded and run`() async throws {
        let archive = try await TestImage.layout("two:2.0", in: daemon.root)
        try await daemon.says("load", "-i", archive)
        #expect(try await names == ["two:2.0"])
        let finished = try await daemon.run("two:2.0", "echo", "runs")
        #expect(finished.output == "runs\n", "\(finished)")
        try await daemon.says("rmi", "two:2.0")
    }

    @Test func `an archive comes from stdin too`() async throws {
        let archive = try await TestImage("piped:latest").archive(in: daemon.root)
        let finished = try await daemon.pouch("load", input: bytes(archive))
        #expect(finished.status == 0, "\(finished)")
        #expect(try await names == ["piped:latest"])
        try await daemon.says("rmi", "piped")
    }

    @Test func `loading the same again is no error`() async throws {
        let archive = try await TestImage("again:latest").archive(in: daemon.root)
        for _ in 0..<2 { try await daemon.says("load", "-i", archive) }
        #expect(try await names == ["again:latest"])
        try await daemon.says("rmi", "again")
    }

    @Test func `an image that a container has is not removed`() async throws {
        let archive = try await TestImage("held:latest").archive(in: daemon.root)
        try await daemon.says("load", "-i", archive)
        let id = try await daemon.says("create", "--network", "none", "held", "echo", "still")
        let answer = try await daemon.ask("DELETE", "/images/held")
        #expect(answer.status == 409, "\(answer)")
        #expect(answer.message.contains(id.prefix(12)), "\(answer)")
        try await daemon.says("start", id)
        #expect(try await daemon.says("wait", id) == "0")
        try await daemon.says("rm", id)
        try await daemon.says("rmi", "held")
    }

    @Test func `what is no archive, or half of one, is refused and leaves nothing`()
        async throws
    {
        let archive = try await TestImage("broken:latest").archive(in: daemon.root)
        let whole = try bytes(archive)
        for wrong in [
            [], Array("nonsense".utf8), Array(whole.prefix(whole.count / 2)),
            Array(whole.prefix(1000)), [UInt8](repeating: 0, count: 10240),
        ] {
            let finished = try await daemon.pouch("load", input: wrong)
            #expect(finished.status == 1, "\(wrong.count) bytes: \(finished)")
            #expect(!finished.errors.isEmpty)
        }
        #expect(try await names == [])
        let left =
            try FileManager.default.subpathsOfDirectory(atPath: daemon.state)
            + FileManager.default.subpathsOfDirectory(atPath: daemon.home)
        #expect(!left.contains { $0.contains("spool") && $0.hasSuffix(".tar") }, "\(left)")
    }

    @Test func `a layer that is not what its sum says is refused`() async throws {
        let archive = try await TestImage("forged:latest").archive(in: daemon.root)
        let forged = try await Program.shell(
            #"""
            mkdir "$1/forged"; cd "$1/forged"; tar xf "$2"
            printf X | dd of=0.tar bs=1 seek=20000 conv=notrunc status=none
            tar cf "$1/forged.tar" .; echo "$1/forged.tar"
            """#, daemon.root, archive)
        let finished = try await daemon.pouch("load", "-i", forged)
        if finished.status == 0 {
            // At the latest when a container would be made of it.
            #expect(try await daemon.run("forged", "true").status == 125)
            _ = try await daemon.pouch("rmi", "-f", "forged")
        }
        #expect(try await names == [])
    }

    @Test func `an archive can't write outside of its layers`() async throws {
        let evil = try await Program.shell(
            #"""
            mkdir "$1/evil"; cd "$1/evil"; echo evil > file
            tar cf "$1/evil.tar" --transform 's|file|../../../../../../..'"$1"'/escaped|' -P file
            echo "$1/evil.tar"
            """#, daemon.root)
        let finished = try await daemon.pouch("load", "-i", evil)
        #expect(finished.status == 1, "\(finished)")
        #expect(!FileManager.default.fileExists(atPath: daemon.root + "/escaped"))
    }

    @Test func `a missing file is named`() async throws {
        let finished = try await daemon.pouch("load", "-i", "/nonesuch.tar")
        #expect(finished.status == 1, "\(finished)")
        #expect(finished.errors.contains("/nonesuch.tar"))
    }

    @Test func `image inspect shows what containers of it get`() async throws {
        let archive = try await TestImage.volume.archive(in: daemon.root)
        try await daemon.says("load", "-i", archive)
        let volumes = try await daemon.says(
            "image", "inspect", "-f", "{{json .Config.Volumes}}", "volume")
        #expect(volumes == #"{"/data":{}}"#)
        let answer = try await daemon.ask("GET", "/images/volume:latest/json")
        #expect(answer.status == 200)
        #expect(answer.json["RepoTags"] == ["volume:latest"])
        #expect(try await daemon.ask("GET", "/images/nonesuch/json").status == 404)
        try await daemon.says("rmi", "volume")
    }
}
