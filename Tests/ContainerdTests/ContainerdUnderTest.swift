import Containers
import FoundationEssentials
import Glibc
import Linux
import Logging
import TestSupport

@testable import Containerd

/// A private containerd on a temporary root, and the runtime that works through it.
struct ContainerdUnderTest: Sendable {
    let runtime: ContainerdRuntime
    let settings: ContainerdSettings
    let folder: String

    var processFile: String { settings.state + "/containerd/containerd.pid" }
    var socket: String { settings.state + "/containerd/c.sock" }

    var process: Int32? {
        let text = try? OpenFile.text(at: processFile)
        return text.flatMap { Int32($0.prefix { $0.isNumber }) }
    }

    /// Where the container's shim listens, which lies outside of all folders of ours.
    func shimSocket(of container: ContainerID) -> String? {
        let file = Leftovers(folder).bundle(of: container) + "/address"
        guard let address = try? OpenFile.text(at: file) else { return nil }
        return Leftovers.path(in: address)
    }

    /// The archive as a file.
    func file(_ bytes: [UInt8], _ name: String = "image.tar") throws -> String {
        let path = "\(folder)/\(name)"
        try Data(bytes).write(to: URL(filePath: path))
        return path
    }

    /// Loads the test image and returns it.
    func image(mark: String = "") async throws -> Image {
        let archive = try TestImage(mark: mark).dockerArchive(tags: ["busybox:latest"])
        _ = try await runtime.load(archive: try file(archive))
        return try await runtime.image("busybox")
    }
}

/// Runs `body` with a containerd of its own; nothing stays of it, nor of its containers.
func withContainerd(
    _ body: @Sendable (ContainerdUnderTest) async throws -> Void
) async throws {
    try await withTemporaryDirectory { folder in
        let settings = ContainerdSettings(home: folder + "/home", state: folder + "/run")
        let runtime = ContainerdRuntime(settings, logger: quiet)
        do {
            try await running(runtime) {
                try await body(
                    ContainerdUnderTest(runtime: runtime, settings: settings, folder: folder))
            }
            try await Leftovers(folder).end()
        } catch {
            try? await Leftovers(folder).end()
            throw error
        }
    }
}

/// Runs `body` while the runtime holds its connection.
func running(
    _ runtime: ContainerdRuntime, _ body: @Sendable () async throws -> Void
) async throws {
    try await withThrowingTaskGroup { group in
        group.addTask { await runtime.run() }
        defer { group.cancelAll() }
        try await body()
    }
}

/// Whether a process runs; one that has ended and that nobody has asked about does not.
func isAlive(_ process: Int32) -> Bool {
    let text = try? OpenFile.text(at: "/proc/\(process)/stat")
    guard let state = text?.split(separator: ") ").last?.first else { return false }
    return state != "Z"
}

/// A logger for what a test doesn't look at.
var quiet: Logger {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    return logger
}

/// What a containerd under `folder` left: it, its shims, their containers, sockets and cgroups.
struct Leftovers {
    private let folder: String

    init(_ folder: String) {
        self.folder = folder
    }

    func end() async throws {
        let bundles = self.bundles
        // containerd first, or it would start cleaning up beside us; then what shims guard.
        for process in processes { kill(process, SIGKILL) }
        for bundle in bundles {
            guard let text = read(bundle + "/init.pid"), let process = Int32(text) else { continue }
            kill(process, SIGKILL)
        }
        try await eventually("containerd and its shims end") { processes.isEmpty }
        for bundle in bundles {
            if let socket = read(bundle + "/address").flatMap(Self.path) { unlink(socket) }
        }
        for controller in entries("/sys/fs/cgroup") {
            let group = "/sys/fs/cgroup/\(controller)/\(TestProcess.cgroup)"
            for name in entries(group) { rmdir("\(group)/\(name)") }
            rmdir(group)
        }
    }

    static func path(in address: String) -> String? {
        address.hasPrefix("unix://") ? String(address.dropFirst("unix://".count)) : nil
    }

    func bundle(of container: ContainerID) -> String { "\(base)/\(container)" }

    private var base: String {
        folder + "/run/containerd/state/io.containerd.runtime.v2.task/pouch"
    }

    private var bundles: [String] { entries(base).map { "\(base)/\($0)" } }

    /// Processes whose command line names the folder.
    private var processes: [Int32] {
        entries("/proc").compactMap { Int32($0) }.filter { process in
            guard process != getpid(), let words = read("/proc/\(process)/cmdline") else {
                return false
            }
            return words.contains("containerd") && words.contains(folder + "/")
        }
    }

    private func entries(_ path: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    }

    private func read(_ path: String) -> String? {
        try? OpenFile.text(at: path)
    }
}
