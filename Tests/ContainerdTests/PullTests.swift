import Containers
import FoundationEssentials
import Glibc
import Linux
import NIOHTTP1
import Synchronization
import TestSupport
import Testing

@testable import Containerd

@Suite(.requiresContainerd, .requiresRoot(to: "run containerd"))
struct PullTests {
    @Test(.requires("docker-registry", "skopeo"), arguments: ["oci", "v2s2"])
    func `an image comes from a registry on this machine`(format: String) async throws {
        try await withContainerd { containerd in
            let made = try TestImage()
            let archive = try containerd.file(made.dockerArchive(tags: ["box:1"]))
            try await withRegistry(in: containerd.folder) { host in
                try runTool(
                    "skopeo", "copy", "-q", "--format", format, "--dest-tls-verify=false",
                    "docker-archive:\(archive)", "docker://\(host)/team/box:1")
                let lines = Mutex<[PullProgress]>([])
                let reference = try ImageReference("\(host)/team/box:1")
                let image = try await containerd.runtime.pull(reference, as: nil) { line in
                    lines.withLock { $0.append(line) }
                }
                #expect(image.names == ["\(host)/team/box:1"])
                #expect(image.digests.first?.hasPrefix("\(host)/team/box@sha256:") == true)
                #expect(image.configuration.command == ["/bin/sh"])
                let statuses = lines.withLock { $0.map(\.status) }
                #expect(statuses.count { $0 == "Pull complete" } == 2)
                #expect(statuses.last?.hasPrefix("Status: Downloaded newer image") == true)
                let exit = try await TestProcess("true").run(image, by: containerd.runtime)
                #expect(exit.status == 0)

                let again = try await containerd.runtime.pull(reference, as: nil) { line in
                    lines.withLock { $0.append(line) }
                }
                #expect(again == image)
                let last = lines.withLock { $0.last?.status }
                #expect(last?.hasPrefix("Status: Image is up to date") == true)
                #expect(
                    try await containerd.runtime.image(try #require(image.digests.first)) == image)
            }
        }
    }

    /// Runs `body` with Debian's registry.
    private func withRegistry(
        in folder: String, _ body: @Sendable (_ host: String) async throws -> Void
    ) async throws {
        let log = folder + "/registry.log"
        let configuration = folder + "/registry.yml"
        let text = """
            version: 0.1
            storage: {filesystem: {rootdirectory: "\(folder)/registry"}}
            http: {addr: "127.0.0.1:0"}
            """
        try Data(text.utf8).write(to: URL(filePath: configuration))
        let registry = try DetachedProcess(
            "/usr/bin/docker-registry", arguments: ["serve", configuration], environment: [:],
            output: log)
        defer { kill(registry.id, SIGKILL) }
        try await body(try await address(in: log, /listening on (127[0-9.:]+)/))
    }

    /// Waits for a server to write where it listens.
    private func address(
        in log: String, _ pattern: Regex<(Substring, Substring)>
    ) async throws -> String {
        var host = ""
        try await eventually("the server says in \(log) where it listens") {
            let text = (try? OpenFile.text(at: log)) ?? ""
            host = text.firstMatch(of: pattern).map { String($0.1) } ?? ""
            return !host.isEmpty
        }
        return host
    }

    @Test func `a token is fetched where the registry says, and for it alone`() async throws {
        try await withContainerd { containerd in
            let image = try ServedImage(try TestImage())
            let registry = FakeRegistry { request, port in
                if request.uri.hasPrefix("/token") {
                    return .init(body: Array(#"{"token":"secret"}"#.utf8))
                }
                if request.uri.hasPrefix("/elsewhere/") { return image.answer(request) }
                guard request.headers.first(name: "authorization") == "Bearer secret" else {
                    let realm = "http://127.0.0.1:\(port)/token"
                    let challenge =
                        #"Bearer realm="\#(realm)",service="s",scope="repository:box:pull""#
                    return .init(
                        status: .unauthorized, headers: ["www-authenticate": challenge])
                }
                guard request.uri.contains("/blobs/") else { return image.answer(request) }
                let name = request.uri.split(separator: "/").last ?? ""
                return .init(
                    status: .temporaryRedirect,
                    headers: ["location": "http://localhost:\(port)/elsewhere/\(name)"])
            }
            try await registry.serve { port in
                _ = try await containerd.runtime.pull(
                    try ImageReference("127.0.0.1:\(port)/box:1"), as: nil, progress: { _ in })
            }
            let token = registry.requests.first { $0.uri.hasPrefix("/token") }
            #expect(token?.uri.contains("service=s") == true)
            #expect(token?.uri.contains("scope=repository:box:pull") == true)
            let elsewhere = registry.requests.filter { $0.uri.hasPrefix("/elsewhere/") }
            #expect(elsewhere.count == 3)
            #expect(elsewhere.allSatisfy { !$0.headers.contains(name: "authorization") })
        }
    }

    @Test func `a download that breaks off goes on where it was`() async throws {
        try await withContainerd { containerd in
            let image = try ServedImage(try TestImage())
            let breaks = Atomic(0)
            let hasBegun = Atomic(false)
            let registry = FakeRegistry { request, _ in
                var answer = image.answer(request)
                guard answer.body.count > 1_500_000, breaks.load(ordering: .relaxed) < 1 else {
                    return answer
                }
                breaks.add(1, ordering: .relaxed)
                answer.cutAfter = 1_400_000
                answer.cutWhen = { hasBegun.load(ordering: .acquiring) }
                return answer
            }
            try await registry.serve { port in
                let image = try await containerd.runtime.pull(
                    try ImageReference("127.0.0.1:\(port)/box:1"), as: nil
                ) { line in
                    if line.current > 0 { hasBegun.store(true, ordering: .releasing) }
                }
                let exit = try await TestProcess("true").run(image, by: containerd.runtime)
                #expect(exit.status == 0)
            }
            let ranges = registry.requests.compactMap { $0.headers.first(name: "range") }
            let start = try #require(ranges.first?.firstMatch(of: /bytes=([0-9]+)-/)?.1)
            #expect(ranges.count == 1)
            #expect((1 << 20...1_400_000).contains(Int(start) ?? 0), "\(start)")
        }
    }

    @Test func `a layer that isn't what its digest says is never kept`() async throws {
        try await withContainerd { containerd in
            let image = try ServedImage(try TestImage())
            let registry = FakeRegistry { request, _ in
                var answer = image.answer(request)
                if request.uri.hasSuffix(image.layers[1].hex) { answer.body[3] ^= 1 }
                return answer
            }
            try await registry.serve { port in
                let error = await #expect(throws: ContainerError.self) {
                    try await containerd.runtime.pull(
                        try ImageReference("127.0.0.1:\(port)/box:1"), as: nil, progress: { _ in })
                }
                #expect(error?.description.contains(image.layers[1].hex) == true)
                let images = try await containerd.runtime.images()
                #expect(images == [])
            }
        }
    }

    @Test(arguments: [
        (404, "not found"), (403, "login"), (429, "later"), (500, "500"),
    ])
    func `a refusal is told in words`(status: Int, word: String) async throws {
        try await withContainerd { containerd in
            let registry = FakeRegistry { _, _ in .init(status: .init(statusCode: status)) }
            try await registry.serve { port in
                let error = await #expect(throws: ContainerError.self) {
                    try await containerd.runtime.pull(
                        try ImageReference("127.0.0.1:\(port)/box:1"), as: nil, progress: { _ in })
                }
                #expect(error?.description.contains(word) == true)
                #expect(error?.description.contains("127.0.0.1:\(port)/box:1") == true)
            }
        }
    }

    @Test func `a registry that isn't there is named`() async throws {
        try await withContainerd { containerd in
            let error = await #expect(throws: ContainerError.self) {
                try await containerd.runtime.pull(
                    try ImageReference("127.0.0.1:1/box:1"), as: nil, progress: { _ in })
            }
            #expect(error?.description.contains("127.0.0.1:1 can't be reached") == true)
        }
    }

    @Test(.requires("openssl"))
    func `a certificate that nobody vouches for is refused`() async throws {
        try await withContainerd { containerd in
            let (key, certificate) = (containerd.folder + "/key", containerd.folder + "/cert")
            try runTool(
                "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out",
                certificate, "-subj", "/CN=localhost", "-days", "1")
            let server = try DetachedProcess(
                "/usr/bin/openssl",
                arguments: [
                    "s_server", "-accept", "127.0.0.1:0", "-cert", certificate, "-key", key, "-www",
                ], environment: [:], output: containerd.folder + "/log")
            defer { kill(server.id, SIGKILL) }
            let host = try await address(in: containerd.folder + "/log", /ACCEPT (127[0-9.:]+)/)
            let error = await #expect(throws: ContainerError.self) {
                try await containerd.runtime.pull(
                    try ImageReference("\(host)/box:1"), as: nil, progress: { _ in })
            }
            #expect(error?.description.contains("no trusted TLS connection") == true)
        }
    }

    @Test func `an image for other machines only is refused with what there is`() async throws {
        try await withContainerd { containerd in
            let image = try ServedImage(try TestImage())
            let index = """
                {"schemaVersion":2,"manifests":[{"mediaType":"\(MediaType.manifest)","size":1,\
                "digest":"\(Digest(of: image.manifest))",\
                "platform":{"os":"linux","architecture":"mips"}}]}
                """
            let registry = FakeRegistry { _, _ in
                .init(headers: ["content-type": MediaType.index], body: Array(index.utf8))
            }
            try await registry.serve { port in
                let error = await #expect(throws: ContainerError.self) {
                    try await containerd.runtime.pull(
                        try ImageReference("127.0.0.1:\(port)/box:1"), as: nil, progress: { _ in })
                }
                #expect(error?.description.contains("linux/mips") == true)
            }
        }
    }
}

struct RegistryTests {
    @Test func `only this machine is spoken to in the clear`() throws {
        for domain in ["localhost", "localhost:5000", "127.0.0.1", "127.8.9.1:80", "[::1]:5000"] {
            #expect(RegistryAddress(of: domain).schemes.contains("http"), "\(domain)")
        }
        for domain in ["docker.io", "localhost.org", "127.0.0.1.org", "10.0.0.1:5000"] {
            #expect(RegistryAddress(of: domain).schemes == ["https"], "\(domain)")
        }
        #expect(!RegistryAddress.isSafe(try #require(URL(string: "http://10.0.0.1/token"))))
        #expect(RegistryAddress.isSafe(try #require(URL(string: "http://127.0.0.1:1/token"))))
    }

    @Test func `challenges are read as registries write them`() {
        #expect(
            AuthenticationChallenge([
                #"Basic realm="x""#, #"bearer realm="https://h/t",service="a b",scope="r:p:pull""#,
            ]) == .bearer(realm: "https://h/t", service: "a b", scope: "r:p:pull"))
        #expect(AuthenticationChallenge([#"Basic realm="x""#]) == .basic)
        #expect(
            AuthenticationChallenge(["Bearer realm=https://h/t"])
                == .bearer(realm: "https://h/t", service: nil, scope: nil))
        #expect(AuthenticationChallenge(["Digest x=1"]) == nil)
    }
}
