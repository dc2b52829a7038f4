import FoundationEssentials
import Glibc
import Linux
import Logging
import Synchronization
import TestSupport

@testable import Containers

/// A scribe of its own, in a directory of its own, and FIFOs to write to.
final class ScribeBench: Sendable {
    let places: Places
    let scribe: Scribe

    /// Where `swift build` puts programs: beside this one.
    static let program = {
        let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return (own ?? "").split(separator: "/").dropLast().map { "/" + $0 }.joined()
            + "/pouch-scribe"
    }()

    private init(_ root: String) throws {
        places = Places(home: root + "/home", state: root + "/state", scribe: Self.program)
        for path in [places.home, places.state] { mkdir(path, 0o700) }
        scribe = Scribe(places: places, logger: Logger(label: "scribe"))
    }

    static func with(_ body: @Sendable (ScribeBench) async throws -> Void) async throws {
        try await withTemporaryDirectory { root in
            let bench = try ScribeBench(root)
            let pids = bench
            defer { pids.killScribe() }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await bench.scribe.run() }
                defer { group.cancelAll() }
                try await body(bench)
            }
        }
    }

    /// Another one that finds the same process, as pouchd does after a restart.
    func successor() -> Scribe {
        Scribe(places: places, logger: Logger(label: "scribe"))
    }

    // MARK: The process

    var pid: Int32? {
        let text = try? OpenFile.text(at: places.state + "/scribe.pid")
        return text.flatMap { Int32($0.dropLast()) }
    }

    var isRunning: Bool { pid.map { kill($0, 0) == 0 } ?? false }

    func killScribe() {
        if let pid { kill(pid, SIGKILL) }
    }

    // MARK: Outputs

    /// New FIFOs, and where what comes through them goes.
    func output(_ id: ContainerID, isTerminal: Bool = false) -> Scribe.Output {
        let output = Scribe.Output(
            stdout: "\(places.state)/\(id.short).out",
            stderr: isTerminal ? nil : "\(places.state)/\(id.short).err",
            log: "\(places.home)/\(id.short).log")
        for path in [output.stdout, output.stderr].compactMap(\.self) {
            unlink(path)
            mkfifo(path, 0o600)
        }
        return output
    }

    func log(_ output: Scribe.Output) throws -> [LogLine] {
        guard let bytes = try? OpenFile.bytes(at: output.log) else { return [] }
        return bytes.split(separator: UInt8(ascii: "\n")).compactMap(LogLine.init)
    }

    /// Everything that one stream got.
    func content(_ output: Scribe.Output, _ stream: LogEntry.Stream = .stdout) throws -> [UInt8] {
        try log(output).filter { $0.stream == stream }.flatMap(\.entry.bytes)
    }
}

/// The end of a FIFO that a container's shim holds: it reads and writes, so that a scribe that dies
/// takes nothing with it.
final class ShimEnd: Sendable {
    private let descriptor: Int32
    private let isClosed = Atomic(false)

    init(_ path: String) throws {
        descriptor = open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw TestFailure("open \(path): errno \(errno)") }
    }

    deinit { close() }

    func close() {
        if !isClosed.exchange(true, ordering: .relaxed) { Glibc.close(descriptor) }
    }

    func write(_ text: String) throws { try write(Array(text.utf8)) }

    /// Blocks while the FIFO is full.
    func write(_ bytes: [UInt8]) throws {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress.map { $0 + done }, bytes.count - done)
            }
            guard count > 0 else { throw TestFailure("write: errno \(errno)") }
            done += count
        }
    }
}
