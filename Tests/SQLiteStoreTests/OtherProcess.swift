import Foundation
import GRDB
import Linux
import SQLiteStore
import TestSupport
import Testing
import Volumes

/// This test program once more, as a process of its own that writes to a store.
struct OtherProcess {
    /// What the process does.
    enum Work: String {
        /// Saves volumes and says which, until it is killed.
        case endless
        /// The same, after a later version's migration.
        case endlessAndNewer
        /// Saves volumes one by one and then all at once, with an fdatasync of a file of its own
        /// before, between and after.
        case measured
    }

    static let serialCommits = 20
    static let concurrentCommits = 200
    fileprivate static let key = "POUCH_TEST_WRITER"

    private let process = Process()
    private let output: String

    init(
        _ work: Work, store: String, prefix: String = "v", under wrapper: [String] = []
    ) throws {
        output = store + ".saved"
        let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().path
        let words =
            wrapper + [
                program, "--testing-library", "swift-testing", "--filter", "WriterProcess",
            ]
        process.executableURL = URL(filePath: words[0])
        process.arguments = Array(words.dropFirst())
        process.environment = ProcessInfo.processInfo.environment.merging([
            Self.key: work.rawValue, Self.key + "_STORE": store, Self.key + "_PREFIX": prefix,
        ]) { $1 }
        try Data().write(to: URL(filePath: output))
        process.standardOutput = try FileHandle(forWritingTo: URL(filePath: output))
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    /// Kills the process once it has said that often that a volume is saved; returns their names.
    func killAfter(lines: Int) async throws -> Set<String> {
        try await eventually("\(lines) volumes saved", within: .seconds(60)) {
            try saved().count >= lines
        }
        kill()
        return try saved()
    }

    func end() async throws {
        try await eventually("the process ends", within: .seconds(120)) { !process.isRunning }
        guard process.terminationStatus == 0 else {
            throw TestFailure("the process failed: \(try saved())")
        }
    }

    func kill() {
        guard process.isRunning else { return }
        Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    private func saved() throws -> Set<String> {
        let lines = try OpenFile.text(at: output).split(separator: "\n")
        return Set(lines.filter { $0.hasPrefix("saved ") }.map { String($0.dropFirst(6)) })
    }
}

struct WriterProcess {
    private static let environment = ProcessInfo.processInfo.environment
    private let path = environment[OtherProcess.key + "_STORE"] ?? ""
    private let prefix = environment[OtherProcess.key + "_PREFIX"] ?? ""

    @Test(
        .enabled(
            if: environment[OtherProcess.key] != nil,
            "runs only in a process that another test starts"))
    func `writes to a store as another test asks`() async throws {
        let asked = Self.environment[OtherProcess.key] ?? ""
        let work = try #require(OtherProcess.Work(rawValue: asked))
        let store = try SQLiteStore(at: path)
        switch work {
        case .endless: try await saveForEver(store)
        case .endlessAndNewer:
            try await becomeNewer()
            try await saveForEver(store)
        case .measured: try await measure(store)
        }
    }

    private func saveForEver(_ store: SQLiteStore) async throws {
        try await withThrowingTaskGroup { group in
            for task in 0..<8 {
                group.addTask {
                    for number in 0... { try await save("\(prefix)\(task)-\(number)", in: store) }
                }
            }
            try await group.waitForAll()
        }
    }

    private func measure(_ store: SQLiteStore) async throws {
        try mark()
        for number in 0..<OtherProcess.serialCommits {
            try await save("alone\(number)", in: store)
        }
        try mark()
        try await withThrowingTaskGroup { group in
            for number in 0..<OtherProcess.concurrentCommits {
                group.addTask { try await save("together\(number)", in: store) }
            }
            try await group.waitForAll()
        }
        try mark()
    }

    private func save(_ name: String, in store: SQLiteStore) async throws {
        try await store.commit([.save(try Samples.volume(name))])
        let line = "saved \(name)\n"
        _ = line.withCString { write(1, $0, strlen($0)) }
    }

    private func mark() throws {
        let descriptor = open(path + ".mark", O_CREAT | O_WRONLY, 0o600)
        defer { close(descriptor) }
        try #require(fdatasync(descriptor) == 0)
    }

    /// Through the log, which stays when this process is killed.
    private func becomeNewer() async throws {
        try await DatabaseQueue(path: path).write { db in
            try db.execute(sql: "INSERT INTO grdb_migrations VALUES ('snapshots')")
        }
    }
}
