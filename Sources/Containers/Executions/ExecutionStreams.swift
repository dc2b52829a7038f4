import FoundationEssentials
import Glibc
import Linux
import Synchronization

/// The ends of an execution's FIFOs that are ours.
public final class ExecutionStreams: Sendable {
    /// Nil where nobody listens; a terminal has only stdout.
    private let stdout: FIFOReader?
    private let stderr: FIFOReader?
    private let stdin: Mutex<InputPipe?>
    private let end: AsyncStream<Int32>

    init(
        stdin: InputPipe?, stdout: FIFOReader?, stderr: FIFOReader?, end: AsyncStream<Int32>
    ) {
        self.stdin = Mutex(stdin)
        self.stdout = stdout
        self.stderr = stderr
        self.end = end
    }

    /// Waits for what it writes next; nil when there is no more.
    public func next(of stream: LogEntry.Stream) async throws -> [UInt8]? {
        try await (stream == .stdout ? stdout : stderr)?.next()
    }

    /// Writes to its stdin; what it does not take any more is dropped.
    public func write(_ bytes: [UInt8]) async throws {
        try await stdin.withLock { $0 }?.write(bytes)
    }

    func closeInput() { stdin.withLock { $0 = nil } }

    /// Returns when it has ended, and its status can be asked for.
    public func ended() async { for await _ in end {} }
}

/// An execution's FIFOs.
struct ExecutionFiles: Sendable {
    private static let seconds = 30

    private let directory: String
    private let request: Execution.Request
    private let stem: String

    init(_ execution: Execution, in directory: String) {
        self.directory = directory
        request = execution.request
        stem = "exec-\(execution.id.prefix(16))-"
    }

    private func path(_ name: String, if isWanted: Bool) -> String? {
        isWanted ? "\(directory)/\(stem)\(name)" : nil
    }

    private var stdin: String? { path("stdin", if: request.attachesStdin) }
    private var stdout: String? {
        path("stdout", if: request.attachesStdout || request.isTerminal && hasClient)
    }
    private var stderr: String? {
        path("stderr", if: request.attachesStderr && !request.isTerminal)
    }
    private var hasClient: Bool { request.attachesStdin || request.attachesStderr }

    func make() async throws {
        let paths = [stdin, stdout, stderr].compactMap { $0 }
        try await Blocking.run("make FIFOs in \(directory)", seconds: Self.seconds) {
            for path in paths where mkfifo(path, 0o600) != 0 {
                throw SystemError("mkfifo", path, errno: errno)
            }
        }
    }

    func open(_ end: AsyncStream<Int32>) throws -> ExecutionStreams {
        ExecutionStreams(
            stdin: try stdin.map { try InputPipe($0) },
            stdout: try stdout.map { try FIFOReader($0) },
            stderr: try stderr.map { try FIFOReader($0) }, end: end)
    }

    func request(_ specification: Data) -> SideProcessRequest {
        SideProcessRequest(
            specification: specification, isTerminal: request.isTerminal, stdin: stdin,
            stdout: stdout, stderr: stderr)
    }

    func remove() async throws {
        let paths = [stdin, stdout, stderr].compactMap { $0 }
        try await Blocking.run("remove FIFOs in \(directory)", seconds: Self.seconds) {
            for path in paths { unlink(path) }
        }
    }
}
