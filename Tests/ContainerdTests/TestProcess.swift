import Containers
import FoundationEssentials
import Glibc
import TestSupport

@testable import Containerd

/// A container's process as a test wants it.
struct TestProcess {
    /// Where the processes of this run of the tests are counted.
    static let cgroup = "pouch-tests-\(getpid())"

    let container = ContainerID.random()
    let words: [String]
    var stdout: String?

    init(_ words: String..., stdout: String? = nil) {
        self.words = words
        self.stdout = stdout
    }

    func request(_ image: Image, isTerminal: Bool = false) -> TaskRequest {
        TaskRequest(
            container: container, image: image, specification: Data(specification.utf8),
            isTerminal: isTerminal, stdin: nil, stdout: stdout, stderr: nil)
    }

    /// Makes the layer and the process, starts it and waits for its end.
    func run(_ image: Image, by runtime: ContainerdRuntime) async throws -> Exit {
        try await start(image, by: runtime)
        let exit = try await runtime.wait(container)
        try await runtime.delete(container)
        try await runtime.removeLayer(of: container)
        return exit
    }

    func start(_ image: Image, by runtime: ContainerdRuntime) async throws {
        _ = try await runtime.makeLayer(for: container, over: image)
        _ = try await runtime.create(request(image))
        try await runtime.start(container)
    }

    private var specification: String {
        let words = words.map { "\"\($0)\"" }.joined(separator: ",")
        let namespaces = ["pid", "ipc", "uts", "mount"].map { #"{"type":"\#($0)"}"# }
        return """
            {"ociVersion":"1.0.2","root":{"path":"rootfs"},"process":{"args":[\(words)],\
            "cwd":"/","env":["PATH=/bin"],"user":{"uid":0,"gid":0}},"mounts":[\
            {"destination":"/proc","type":"proc","source":"proc"}],\
            "linux":{"cgroupsPath":"/\(Self.cgroup)/\(container)",\
            "namespaces":[\(namespaces.joined(separator: ","))]}}
            """
    }
}

/// A FIFO, and all that is written into it.
struct Pipe: Sendable {
    let path: String
    private let descriptor: Int32

    init(_ path: String) throws {
        self.path = path
        guard mkfifo(path, 0o600) == 0 else { throw TestFailure("mkfifo \(path): errno \(errno)") }
        descriptor = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
    }

    /// What is there now.
    func text() -> String {
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = read(descriptor, &buffer, buffer.count)
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }

    func close() { _ = Glibc.close(descriptor) }
}
