import FoundationEssentials
import Glibc
import Linux
import Synchronization
import TestSupport
import Testing

/// A real pouchd whose every root is in a directory of its own, which goes with it.
final class TestDaemon: Sendable {
    let root: String
    let home: String
    let state: String
    let socket: String
    let logPath: String
    /// Given besides the roots.
    let words: [String]
    private let daemon = Mutex<Daemon?>(nil)
    private let count = Atomic(0)

    private init(in root: String, home: String?, words: [String]) {
        self.root = root
        self.home = home ?? root + "/home"
        state = root + "/state"
        socket = root + "/d.sock"
        logPath = root + "/log"
        self.words = words
    }

    /// Runs `body` with a directory and a daemon that is not started yet; whatever happens,
    /// nothing of either is left, and it is an issue if a daemon that still runs leaves anything
    /// behind when it is told to end.
    ///
    /// With `socketPlugin`, it is a plugin on a socket below its root's `run`.
    static func prepared<Result>(
        home: String? = nil, words: [String] = [], socketPlugin: Bool = false,
        _ body: (TestDaemon) async throws -> Result
    ) async throws -> Result {
        try await withTemporaryDirectory { root in
            let plugin = ["--docker-plugin", root + "/run/docker/plugins/pouch.sock"]
            let daemon = TestDaemon(
                in: root, home: home, words: words + (socketPlugin ? plugin : []))
            do {
                let result = try await body(daemon)
                await daemon.tearDown()
                return result
            } catch {
                await daemon.tearDown()
                throw error
            }
        }
    }

    /// The same with a daemon that runs.
    static func running<Result>(
        home: String? = nil, words: [String] = [], settings: [String: String] = [:],
        _ body: (TestDaemon) async throws -> Result
    ) async throws -> Result {
        try await prepared(home: home, words: words) { daemon in
            try await daemon.start(settings: settings)
            return try await body(daemon)
        }
    }

    // MARK: Life

    var arguments: [String] {
        [
            Built.pouchd, "--home-dir", home, "--state-dir", state, "--listen",
            "unix://\(socket)",
        ] + (words.contains("--bridge") ? [] : ["--bridge", "none"]) + words
    }

    var log: String { (try? OpenFile.text(at: logPath)) ?? "" }

    var process: Daemon? { daemon.withLock { $0 } }

    /// Starts it, perhaps by another program that becomes it, and waits until it answers.
    func start(settings: [String: String] = [:], under wrapper: [String] = []) async throws {
        let started = try Daemon(wrapper + arguments, settings: settings, log: logPath)
        daemon.withLock { $0 = started }
        try await eventually("pouchd answers", within: .seconds(30)) {
            guard started.status == nil else {
                throw TestFailure("pouchd ended (\(started.status ?? 0)):\n\(log)")
            }
            return (try? await ask("GET", "/_ping").status) == 200
        }
    }

    /// Starts it where it must refuse to; returns its status and what it said.
    func startInVain(settings: [String: String] = [:]) async throws -> (Int32, String) {
        let before = log
        let started = try Daemon(arguments, settings: settings, log: logPath)
        daemon.withLock { $0 = started }
        return (try await started.end(), String(log.dropFirst(before.count)))
    }

    func kill() async throws {
        process?.signal(SIGKILL)
        try await process?.end()
    }

    /// Asks it to end; returns its status.
    @discardableResult
    func stop(with signal: Int32 = SIGTERM) async throws -> Int32 {
        process?.signal(signal)
        return try await ended()
    }

    /// Waits for its end, whoever asked for it; returns its status.
    @discardableResult
    func ended(within limit: Duration = .seconds(30)) async throws -> Int32 {
        guard let process else { return 0 }
        return try await process.end(within: limit)
    }

    func restart(settings: [String: String] = [:]) async throws {
        try await kill()
        try await start(settings: settings)
    }

    // MARK: Questions

    func connection(within limit: Duration = .seconds(30)) throws -> Connection {
        try Connection(to: socket, within: limit)
    }

    /// Asks over a connection of its own.
    func ask(_ method: String, _ target: String, _ body: JSON? = nil) async throws -> Answer {
        try await ask(Request(method, target, body))
    }

    func ask(_ request: Request) async throws -> Answer {
        let connection = try connection()
        try await connection.send(request.bytes)
        return try await connection.answer(hasBody: request.method != "HEAD")
    }

    /// Runs pouch to its end.
    func pouch(
        _ words: String..., input: [UInt8] = [], settings: [String: String] = [:],
        within limit: Duration = .seconds(60)
    ) async throws -> Finished {
        try await pouch(words, input: input, settings: settings, within: limit)
    }

    func pouch(
        _ words: [String], input: [UInt8] = [], settings: [String: String] = [:],
        within limit: Duration = .seconds(60)
    ) async throws -> Finished {
        try await Program.run(
            [Built.pouch, "-H", "unix://\(socket)"] + words, input: input, settings: settings,
            within: limit)
    }

    /// Runs pouch, which must succeed; returns what it printed.
    @discardableResult
    func says(_ words: String...) async throws -> String { try await pouch(words).said }

    /// Runs a container that goes when it ends; returns what it did.
    func run(_ words: String..., within limit: Duration = .seconds(60)) async throws -> Finished {
        try await pouch(["run", "--rm", "--network", "none"] + words, within: limit)
    }

    /// Starts a container that goes on; returns its id.
    func runDetached(_ words: String...) async throws -> String {
        try await pouch(["run", "-d", "--network", "none"] + words).said
    }

    /// A name that nothing has yet.
    func fresh(_ word: String = "volume") -> String {
        "\(word)-\(count.wrappingAdd(1, ordering: .relaxed).newValue)"
    }

    /// What is under the volumes' directory, whether recorded or not.
    var directories: Set<String> {
        Set((try? FileManager.default.contentsOfDirectory(atPath: home + "/volume")) ?? [])
    }

    /// The names of all volumes, as the daemon says.
    var volumes: Set<String> {
        get async throws {
            let list = try await ask("GET", "/volumes").json["Volumes"].array ?? []
            return Set(list.compactMap { $0["Name"].string })
        }
    }

    func isRunning(_ container: String) async throws -> Bool {
        try await ask("GET", "/containers/\(container)/json").json["State"]["Running"] == true
    }

    func load(_ images: TestImage...) async throws {
        for image in images {
            try await says("load", "-q", "-i", try await image.archive(in: root))
        }
    }

    // MARK: End

    /// Ends what this daemon started, by the gentle way if it still runs, and else by force.
    private func tearDown() async {
        if let process, process.status == nil {
            await removeContainers()
            do {
                let status = try await stop()
                if status != 0 { Issue.record("pouchd ended with \(status):\n\(log)") }
            } catch {
                Issue.record("pouchd doesn't end: \(error)\n\(log)")
            }
            for line in await leftovers() { Issue.record("pouchd left behind: \(line)") }
        }
        await endByForce()
    }

    private func removeContainers() async {
        do {
            let list = try await ask("GET", "/containers/json?all=1")
            for container in list.json.array ?? [] {
                let id = container["Id"].string ?? ""
                let answer = try await ask("DELETE", "/containers/\(id)?force=1&v=1")
                if answer.status >= 500 { Issue.record("remove container \(id): \(answer)") }
            }
        } catch {
            Issue.record("remove containers: \(error)")
        }
    }

    /// What should have gone with a daemon that ended cleanly and had no containers. The scribe goes
    /// by itself, after the daemon.
    private func leftovers() async -> [String] {
        // Each look goes through all processes of the host.
        for _ in 0..<100 {
            guard !ProcessEntry.belonging(to: root).isEmpty else { break }
            try? await Task.sleep(for: .milliseconds(100))
        }
        return ProcessEntry.belonging(to: root).map { "process \($0)" }
            + MountEntry.under(state).map { "mount \($0.place) (\($0.type))" }
            + MountEntry.under(home).filter { $0.place != home }.map { "mount \($0.place)" }
            + (FileManager.default.fileExists(atPath: socket) ? ["socket \(socket)"] : [])
    }

    private func endByForce() async {
        process?.signal(SIGKILL)
        _ = try? await process?.end()
        // What is killed may have been about to start something.
        for _ in 0..<100 {
            let left = ProcessEntry.belonging(to: root)
            guard !left.isEmpty else { return }
            for process in left { Glibc.kill(process.id, SIGKILL) }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }
}
