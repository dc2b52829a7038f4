import TestSupport
import Testing

/// How stock clients and pouchd find out in which version of the API they speak.
@Suite(.daemon, .inTime, .serialized, .requiresRoot(to: "run pouchd"))
struct NegotiationTests {
    let daemon: TestDaemon
    let docker: DockerCLI

    init() throws {
        daemon = try .shared
        docker = DockerCLI(daemon: daemon)
    }

    @Test(.requiresDockerCLI)
    func `docker agrees with pouchd on the newest version that both know`() async throws {
        let versions = try await docker.says(
            "version", "--format", "{{.Client.APIVersion}} {{.Server.APIVersion}}"
        ).split(separator: " ").map(String.init)
        let server = try await daemon.ask("HEAD", "/_ping").headers["api-version"]
        #expect(versions.last == server)
        let minor = { (text: String?) in text?.split(separator: ".").last.flatMap { Int($0) } ?? 0 }
        #expect(minor(versions.first) <= minor(server))
    }

    @Test(.requiresDockerCLI, arguments: ["1.24", "1.40", "1.41", "1.44", "1.47", "1.51"])
    func `docker can be told to speak an older version`(version: String) async throws {
        let finished = try await docker(
            "volume", "ls", "-q", settings: ["DOCKER_API_VERSION": version])
        #expect(finished.status == 0, "\(finished)")
    }

    @Test(.requiresDockerPy, arguments: ["auto", "1.24", "1.41", "1.51"])
    func `docker-py speaks to pouchd`(version: String) async throws {
        try await DockerPy(daemon: daemon)(
            """
            assert client.ping() is True
            made = client.volumes.create('py-\(version)', labels={'a': 'b'})
            assert client.volumes.get('py-\(version)').attrs['Labels'] == {'a': 'b'}
            made.remove()
            try:
                client.volumes.get('py-\(version)')
                sys.exit('it is still there')
            except docker.errors.NotFound as error:
                assert 'no such volume' in error.explanation, error.explanation
            """, version: version)
    }
}
