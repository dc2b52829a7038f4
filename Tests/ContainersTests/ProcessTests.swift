import Testing

@testable import Containers

struct ProcessTests {
    private let image = ImageConfiguration(
        entrypoint: ["/entry"], command: ["serve"], environment: ["A=1", "B=2"], user: "app",
        workingDirectory: "/srv", stopSignal: "SIGQUIT")

    private func process(
        over image: ImageConfiguration? = nil, _ change: (inout ContainerRequest) -> Void = { _ in }
    ) throws -> Container.Process {
        var request = ContainerRequest(image: "web")
        change(&request)
        return try Container.Process(for: request, over: image ?? self.image, hostname: "host")
    }

    @Test func `what is left unsaid is the image's`() throws {
        let process = try process()
        #expect(process.arguments == ["/entry", "serve"])
        #expect(process.user == "app")
        #expect(process.workingDirectory == "/srv")
        #expect(process.stopSignal == 3)
        #expect(process.environment.suffix(2) == ["A=1", "B=2"])
    }

    @Test func `a command replaces the image's command, not its entrypoint`() throws {
        #expect(try process { $0.command = ["x", "y"] }.arguments == ["/entry", "x", "y"])
    }

    @Test func `an entrypoint replaces both of the image's`() throws {
        #expect(try process { $0.entrypoint = ["sh"] }.arguments == ["sh"])
        #expect(
            try process {
                $0.entrypoint = ["sh"]
                $0.command = ["-c", "x"]
            }.arguments == ["sh", "-c", "x"])
    }

    @Test func `an empty word for an entrypoint means none`() throws {
        #expect(
            try process {
                $0.entrypoint = [""]
                $0.command = ["x"]
            }.arguments == ["x"])
    }

    @Test func `nothing to run is refused, naming the image`() {
        let error = #expect(throws: ContainerError.self) {
            try process(over: ImageConfiguration())
        }
        #expect(error?.description.contains("web") == true)
    }

    @Test func `the environment has a path and the hostname, and later words win`() throws {
        let process = try process {
            $0.environment = ["A=x=y", "B", "C=", "HOSTNAME=mine", "MISSING"]
            $0.isTerminal = true
        }
        #expect(
            process.environment == [
                "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "HOSTNAME=mine", "TERM=xterm", "A=x=y", "C=",
            ])
    }

    @Test(arguments: ["=x", ""])
    func `a word without a name is refused`(_ word: String) {
        #expect(throws: ContainerError.self) { try process { $0.environment = [word] } }
    }

    @Test func `a relative working directory is refused, an absolute one cleaned`() throws {
        #expect(throws: ContainerError.self) { try process { $0.workingDirectory = "x" } }
        #expect(try process { $0.workingDirectory = "/a/../b//" }.workingDirectory == "/b")
        #expect(try process(over: ImageConfiguration(command: ["x"])).workingDirectory == "/")
    }

    @Test func `a NUL byte is refused wherever it hides`() {
        #expect(throws: ContainerError.self) { try process { $0.command = ["a\0b"] } }
        #expect(throws: ContainerError.self) { try process { $0.environment = ["A=\0"] } }
        #expect(throws: ContainerError.self) { try process { $0.workingDirectory = "/\0" } }
        #expect(throws: ContainerError.self) { try process { $0.user = "\0" } }
    }

    @Test(arguments: [
        ("TERM", 15), ("SIGKILL", 9), ("sigusr1", 10), ("1", 1), ("64", 64), ("RTMIN", 34),
        ("SIGRTMIN+3", 37), ("RTMAX-1", 63),
    ])
    func `signals are known by name and number`(_ text: String, _ number: Int32) throws {
        #expect(try Signals.number(of: text) == number)
    }

    @Test(arguments: ["", "0", "65", "-1", "FOO", "SIG", "RTMIN+99", "RTMIN+-1"])
    func `other signals are refused`(_ text: String) {
        #expect(throws: ContainerError.self) { try Signals.number(of: text) }
    }

    @Test(arguments: ["web", "/web", "w1", "A.b-c_d"])
    func `good names are taken`(_ name: String) throws {
        #expect(try "/" + ContainerName.parse(name) == (name.hasPrefix("/") ? name : "/" + name))
    }

    @Test(arguments: ["", "w", "/", "//web", "-web", "we b", "we/b", "..", "web\n", "wéb"])
    func `bad names are refused`(_ name: String) {
        #expect(throws: ContainerError.invalidName(name)) { try ContainerName.parse(name) }
    }

    @Test func `a chosen name is free, even when many are taken`() {
        var generator = SystemRandomNumberGenerator()
        var taken: Set<String> = []
        for _ in 0..<3000 {
            let name = ContainerName.random(using: &generator) { !taken.contains($0) }
            #expect(taken.insert(name).inserted)
        }
    }
}
