import Glibc
import Subprocess
import SystemPackage
import TestSupport
import Testing

/// The real program, where it can be told from outside what it did.
struct DaemonTests {
    @Test func `its version is told`() async throws {
        let result = try await pouchd(["--version"])
        #expect(result.status == 0)
        #expect(result.output.hasPrefix("pouchd "))
    }

    @Test(arguments: [
        ["--bogus"], ["--listen", "tcp://0.0.0.0:1"], ["--home-dir", "x"], ["word"],
    ])
    func `words that make no sense end it with status 64`(words: [String]) async throws {
        let result = try await pouchd(words)
        #expect(result.status == 64)
        #expect(result.error.contains(words.last ?? "") && result.output.isEmpty)
    }

    @Test func `it stops cleanly, leaves no socket, and starts again`() async throws {
        try await withTemporaryDirectory { directory in
            for _ in 0..<2 {
                try await running(in: directory) { _ in
                    #expect(exists(directory + "/pouchd.sock"))
                }
                #expect(!exists(directory + "/pouchd.sock"))
                #expect(!exists(directory + "/home/store.db-wal"))
            }
        }
    }

    @Test func `a second one on the same home is told who has it`() async throws {
        try await withTemporaryDirectory { directory in
            try await running(in: directory) { process in
                let second = try await pouchd([
                    "--home-dir", directory + "/home", "--state-dir", directory + "/state2",
                    "--listen", "unix://" + directory + "/second.sock",
                ])
                #expect(second.status == 1)
                #expect(second.error.contains("process \(process)"))
                #expect(second.error.contains(directory + "/home"))
                let third = try await pouchd([
                    "--home-dir", directory + "/home3", "--state-dir", directory + "/state3",
                    "--listen", "unix://" + directory + "/pouchd.sock",
                ])
                #expect(third.status == 1)
                #expect(third.error.contains("another process serves it"))
            }
        }
    }

    @Test func `without its store, beside volumes, it does not start`() async throws {
        try await withTemporaryDirectory { directory in
            try await running(in: directory) { _ in }
            try #require(unlink(directory + "/home/store.db") == 0)
            try #require(mkdir(directory + "/home/volume/data", 0o755) == 0)
            let result = try await pouchd(words(in: directory))
            #expect(result.status == 1)
            #expect(result.error.contains("store.db is missing although"))
            #expect(exists(directory + "/home/volume/data"))
            #expect(!exists(directory + "/home/store.db"))
        }
    }

    @Test(.requiresRoot(to: "mount a filesystem"))
    func `trash on another filesystem than the volumes is refused`() async throws {
        try await withTemporaryDirectory { directory in
            for path in ["/home", "/home/trash"] { mkdir(directory + path, 0o700) }
            try #require(mount("none", directory + "/home/trash", "tmpfs", 0, nil) == 0)
            let result = try await pouchd(words(in: directory))
            #expect(result.status == 1)
            #expect(result.error.contains("different filesystems"))
        }
    }

    @Test func `it says when it is ready`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/notify"
            let listener = try NotifySocket(path)
            try await running(in: directory, environment: ["NOTIFY_SOCKET": path]) { _ in
                try await eventually("the message") { listener.messages().contains("READY=1") }
            }
            #expect(listener.messages().contains("STOPPING=1"))
        }
    }

    // MARK: Running

    private struct Outcome {
        let status: Int32
        let output: String
        let error: String
    }

    private func words(in directory: String) -> [String] {
        [
            "--home-dir", directory + "/home", "--state-dir", directory + "/state", "--listen",
            "unix://" + directory + "/pouchd.sock",
        ]
    }

    private static let program: FilePath = {
        var buffer = [CChar](repeating: 0, count: 4096)
        readlink("/proc/self/exe", &buffer, buffer.count - 1)
        return FilePath(platformString: buffer).removingLastComponent().appending("pouchd")
    }()

    private func pouchd(_ words: [String]) async throws -> Outcome {
        let result = try await Subprocess.run(
            .path(Self.program), arguments: Arguments(words), output: .string(limit: 1 << 16),
            error: .string(limit: 1 << 16))
        guard case .exited(let status) = result.terminationStatus else {
            throw TestFailure("pouchd: \(result.terminationStatus)")
        }
        return Outcome(
            status: status, output: result.standardOutput, error: result.standardError)
    }

    /// Runs the daemon, calls `body` with its process id when it serves, and stops it.
    private func running(
        in directory: String, environment: [Environment.Key: String] = [:],
        _ body: @Sendable (pid_t) async throws -> Void
    ) async throws {
        let socket = directory + "/pouchd.sock"
        let result = try await Subprocess.run(
            .path(Self.program), arguments: Arguments(words(in: directory)),
            environment: .inherit.updating(environment.mapValues { $0 }), input: .none,
            output: .discarded, error: .discarded
        ) { execution in
            do {
                try await eventually("the socket is there", within: .seconds(60)) { exists(socket) }
                try await body(execution.processIdentifier.value)
            } catch {
                try execution.send(signal: .kill)
                throw error
            }
            try execution.send(signal: .terminate)
        }
        #expect(result.terminationStatus == .exited(0))
    }

    private func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
}

/// What systemd would listen on.
private final class NotifySocket: Sendable {
    private let descriptor: CInt

    init(_ path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size)
            }
        }
        try #require(result == 0)
    }

    deinit { close(descriptor) }

    /// What has come since the last call.
    func messages() -> [String] {
        var messages: [String] = []
        var bytes = [UInt8](repeating: 0, count: 256)
        while case let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT)),
            count > 0
        {
            messages.append(String(decoding: bytes.prefix(count), as: UTF8.self))
        }
        return messages
    }
}
