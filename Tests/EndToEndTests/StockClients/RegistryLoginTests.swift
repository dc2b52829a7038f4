import FoundationEssentials
import Linux
import TestSupport
import Testing

/// Images from a registry that lets only people in whom it knows.
@Suite(
    .daemon, .inTime, .serialized, .requiresRoot(to: "run containerd"), .requiresDockerCLI,
    .enabled(
        if: FileManager.default.isExecutableFile(atPath: "/usr/bin/docker-registry"),
        "needs Debian's docker-registry"))
struct RegistryLoginTests {
    /// As `htpasswd -nbB team s3cret:pass` wrote it.
    private static let accounts =
        "team:$2y$04$bWd3QHs1VfUfbbCFSVTs..YCC.h1S6AgLK3Kvov7EeBKHnUunwB1K\n"

    let daemon: TestDaemon
    let docker: DockerCLI

    init() throws {
        daemon = try .shared
        docker = DockerCLI(daemon: daemon)
    }

    private func withRegistry(_ body: (_ registry: Registry) async throws -> Void) async throws {
        try await Registry.running(in: daemon.root, accounts: Self.accounts) { registry in
            try await registry.put("team/tool")
            try await body(registry)
        }
    }

    private func dockerLogin(_ password: String, _ registry: Registry) async throws -> Finished {
        try await docker(
            "login", "-u", "team", "--password-stdin", registry.address,
            input: Array(password.utf8))
    }

    @Test func `docker pulls what it is logged in for, and not after a logout`() async throws {
        try await withRegistry { registry in
            let name = "\(registry.address)/team/tool:latest"
            let stranger = try await docker("pull", name)
            #expect(stranger.status == 1, "\(stranger)")
            #expect((stranger.output + stranger.errors).contains("login"), "\(stranger)")

            let login = try await dockerLogin("s3cret:pass", registry)
            #expect(login.output.contains("Login Succeeded"), "\(login)")
            let pulled = try await docker("pull", name)
            #expect(pulled.status == 0, "\(pulled)")
            try await docker.says("rmi", name)

            try await docker.says("logout", registry.address)
            #expect(try await docker("pull", name).status == 1)
        }
    }

    @Test func `a wrong password is refused by the registry's name, and kept nowhere`()
        async throws
    {
        try await withRegistry { registry in
            let login = try await dockerLogin("wrong", registry)
            #expect(login.status == 1, "\(login)")
            #expect(login.errors.contains(registry.address), "\(login)")
            let pouch = try await daemon.pouch(
                ["login", "-u", "team", "--password-stdin", registry.address],
                input: Array("wrong\n".utf8), settings: ["DOCKER_CONFIG": daemon.root + "/bad"])
            #expect(pouch.status == 1, "\(pouch)")
            #expect(!FileManager.default.fileExists(atPath: daemon.root + "/bad/config.json"))
            let answer = try await daemon.ask(
                "POST", "/auth",
                [
                    "username": "team", "password": "wrong",
                    "serveraddress": .string(registry.address),
                ])
            #expect(answer.status == 401, "\(answer)")
        }
    }

    @Test func `pouch and docker know each other's logins`() async throws {
        try await withRegistry { registry in
            let name = "\(registry.address)/team/tool:latest"
            let settings = ["DOCKER_CONFIG": daemon.root + "/shared"]
            let login = try await daemon.pouch(
                ["login", "-u", "team", "--password-stdin", registry.address],
                input: Array("s3cret:pass\n".utf8), settings: settings)
            #expect(login.output == "Login Succeeded\n", "\(login)")
            let pulled = try await docker("pull", name, settings: settings)
            #expect(pulled.status == 0, "\(pulled)")
            try await docker.says("rmi", name)

            // What else is in the file stays.
            let path = daemon.root + "/shared/config.json"
            var file = try JSON(OpenFile.text(at: path))
            file = .object((file.object ?? [:]).merging(["psFormat": "table"]) { $1 })
            try Data(file.text.utf8).write(to: URL(filePath: path))
            let again = try await daemon.pouch(["pull", name], settings: settings)
            #expect(again.status == 0, "\(again)")
            #expect(
                try await daemon.pouch(["logout", registry.address], settings: settings).output
                    == "Removed the login to \(registry.address)\n")
            let left = try JSON(OpenFile.text(at: path))
            #expect(left["psFormat"] == "table")
            #expect(left["auths"] == [:])
            try await docker.says("rmi", name)
            #expect(try await daemon.pouch(["pull", name], settings: settings).status == 1)
        }
    }

    @Test func `a login that another program keeps is refused in words`() async throws {
        let folder = daemon.root + "/helped"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        try Data(#"{"credsStore":"vault"}"#.utf8)
            .write(to: URL(filePath: folder + "/config.json"))
        let login = try await daemon.pouch(
            ["login", "-u", "team", "--password-stdin", "registry.example"],
            input: Array("x\n".utf8), settings: ["DOCKER_CONFIG": folder])
        #expect(login.status == 1, "\(login)")
        #expect(login.errors.contains("docker-credential-vault"), "\(login)")
    }
}
