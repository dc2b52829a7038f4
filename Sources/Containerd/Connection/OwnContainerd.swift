import Containers
import FoundationEssentials
import Glibc
import Linux
import Synchronization

/// The containerd that pouchd starts for itself, and finds again after pouchd or it died.
///
/// It has a session of its own, so it and its containers outlive pouchd. Only one call of `start`
/// runs at a time: `Connection` sees to that.
final class OwnContainerd: Sendable {
    private static let patience = Duration.seconds(15)
    private static let largestLog = 10 << 20

    let home: String
    let folder: String
    private let searchPath: String
    private let started = Mutex<DetachedProcess?>(nil)

    init(_ settings: ContainerdSettings) {
        home = settings.home + "/containerd"
        folder = settings.state + "/containerd"
        searchPath = settings.searchPath
    }

    var socket: String { folder + "/c.sock" }
    var runcFolder: String { folder + "/runc" }
    private var configuration: String { folder + "/config.toml" }
    private var processFile: String { folder + "/containerd.pid" }
    private var log: String { folder + "/containerd.log" }
    /// Where containerd keeps a folder for each process that it runs.
    private var processes: String {
        folder + "/state/io.containerd.runtime.v2.task/" + Connection.namespace
    }

    /// Whether there are processes of containers, even while containerd itself is dead.
    var hasProcesses: Bool {
        let names = try? FileManager.default.contentsOfDirectory(atPath: processes)
        return names?.isEmpty == false
    }

    // MARK: - Start

    /// Starts containerd, unless one is starting already, and waits until `answer` gets one.
    func start<Line: Sendable>(until answer: () async -> Line?) async throws -> Line {
        if runningProcess == nil { try launch() }
        let deadline = ContinuousClock.now.advanced(by: Self.patience)
        repeat {
            if let line = await answer() { return line }
            guard isStarting else { throw failure("it ended") }
            try await Task.sleep(for: .milliseconds(5))
        } while ContinuousClock.now < deadline
        throw failure("it did not answer within \(Self.patience)")
    }

    private func launch() throws {
        let programs = try findPrograms()
        do {
            try makeFolders()
            try Data(text().utf8).write(to: URL(filePath: configuration), options: .atomic)
            keepLogShort()
            let process = try DetachedProcess(
                "/bin/sh",
                // The shell writes its pid, then becomes containerd: no moment without a pid file.
                arguments: [
                    "-c", #"echo $$ >"$0.new" && mv "$0.new" "$0" && exec "$@""#, processFile,
                    programs.containerd, "--config", configuration,
                ],
                environment: ["PATH": searchPath], output: log)
            started.withLock { $0 = process }
        } catch {
            throw ContainerError.runtimeUnavailable("start containerd in \(folder): \(error)")
        }
    }

    private func findPrograms() throws -> (containerd: String, shim: String) {
        guard
            let containerd = find("containerd"), let shim = find("containerd-shim-runc-v2"),
            find("runc") != nil
        else {
            let missing = ["containerd", "containerd-shim-runc-v2", "runc"].first {
                find($0) == nil
            }
            throw ContainerError.runtimeUnavailable(
                "\(missing ?? "containerd") is not installed: apt-get install containerd runc")
        }
        return (containerd, shim)
    }

    private func find(_ program: String) -> String? {
        searchPath.split(separator: ":").lazy.map { "\($0)/\(program)" }.first {
            access($0, X_OK) == 0
        }
    }

    private func makeFolders() throws {
        for path in [home, home + "/opt", folder] {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o711])
        }
    }

    /// Empties the log when it has become long: shims write into it for every container, and it
    /// lies in memory. containerd goes on at its new end.
    func keepLogShort() {
        var about = stat()
        guard stat(log, &about) == 0, about.st_size > Self.largestLog else { return }
        truncate(log, 0)
    }

    private func failure(_ what: String) -> ContainerError {
        .runtimeUnavailable("containerd: \(what); its log \(log) ends with: \(lastLogLine)")
    }

    private var lastLogLine: String {
        guard let bytes = try? OpenFile.bytes(at: log) else { return "nothing" }
        let lines = String(decoding: bytes.suffix(4096), as: UTF8.self).split(
            whereSeparator: \.isNewline)
        return lines.last.map(String.init) ?? "nothing"
    }

    // MARK: - The process

    private var isStarting: Bool {
        started.withLock { $0?.isRunning } == true || runningProcess != nil
    }

    /// The process in the pid file, if it is alive and really this containerd.
    private var runningProcess: Int32? {
        guard
            let text = try? OpenFile.text(at: processFile),
            let process = Int32(text.prefix { $0.isNumber }), process > 1,
            let command = try? OpenFile.bytes(at: "/proc/\(process)/cmdline")
        else { return nil }
        let words = command.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        return words.contains(configuration) ? process : nil
    }

    /// Ends containerd if it runs no process of a container; says whether it is gone.
    func stop() async throws -> Bool {
        guard !hasProcesses else { return false }
        guard let process = runningProcess else { return true }
        kill(process, SIGTERM)
        let deadline = ContinuousClock.now.advanced(by: Self.patience)
        while runningProcess == process {
            guard ContinuousClock.now < deadline else { return false }
            try await Task.sleep(for: .milliseconds(5))
        }
        unlink(processFile)
        return true
    }

    // MARK: - Configuration

    private func text() -> String {
        """
        version = 2
        root = \(quoted(home))
        state = \(quoted(folder + "/state"))
        required_plugins = [\(list(Self.needed))]
        disabled_plugins = [\(list(Self.unused))]

        [grpc]
        address = \(quoted(socket))

        [ttrpc]
        address = \(quoted(folder + "/t.sock"))

        [debug]
        level = "warn"

        [plugins."io.containerd.internal.v1.opt"]
        path = \(quoted(home + "/opt"))

        # What was removed is gone from the disk soon, not after a hundred more changes.
        [plugins."io.containerd.gc.v1.scheduler"]
        deletion_threshold = 1
        schedule_delay = "1s"

        """
    }

    /// Without these it must not run, or it would answer some calls and not others.
    private static let needed = [
        "containers", "content", "diff", "images", "leases", "snapshots", "tasks",
    ].map { "io.containerd.grpc.v1.\($0)" }

    /// What we never ask containerd for; names that a version doesn't know do no harm.
    private static let unused = [
        "io.containerd.grpc.v1.cri", "io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime",
        "io.containerd.nri.v1.nri", "io.containerd.internal.v1.restart",
        "io.containerd.internal.v1.tracing", "io.containerd.tracing.processor.v1.otlp",
        "io.containerd.snapshotter.v1.aufs",
        "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.blockfile",
        "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.erofs",
        "io.containerd.snapshotter.v1.zfs",
    ]

    private func list(_ words: [String]) -> String { words.map(quoted).joined(separator: ", ") }

    /// A TOML string.
    private func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case "\0"..."\u{1F}", "\u{7F}":
                let hex = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
