import Foundation
import Glibc
import Linux
import Logging
import TestSupport
import VolumeModules
import Volumes

/// The plugin that knows nothing but the protocol (see `plugin.py`), with no daemon between.
struct PluginProcess: Sendable {
    private let name: String
    private let root: String

    private static let program =
        #filePath.split(separator: "/").dropLast(2).map { "/" + $0 }.joined()
        + "/EndToEndTests/Plugins/plugin.py"

    /// Runs `body` with a plugin whose volumes are below `root`.
    static func running(
        _ name: String, in root: String, _ body: (PluginProcess) async throws -> Void
    ) async throws {
        let plugin = PluginProcess(name: name, root: root)
        for path in [plugin.volumes, plugin.directory] {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true)
        }
        // It is there from the beginning, so that what is made and removed leaves nothing new.
        try Data("{}".utf8).write(to: URL(filePath: plugin.volumes + "/.state"))
        try plugin.fail("{}")
        let process = try Daemon(
            [
                "/usr/bin/python3", program, "--root", plugin.volumes, "--socket", plugin.socket,
                "--faults", plugin.faults,
            ], log: root + "/plugin.log")
        do {
            try await eventually("the plugin listens", within: .seconds(60)) {
                guard process.status == nil else { throw TestFailure("the plugin ended") }
                return access(plugin.socket, F_OK) == 0
            }
            try await body(plugin)
        } catch {
            process.signal(SIGKILL)
            try await process.end()
            throw error
        }
        process.signal(SIGKILL)
        try await process.end()
    }

    private var volumes: String { root + "/volumes" }
    private var directory: String { root + "/plugins" }
    private var socket: String { "\(directory)/\(name).sock" }
    private var faults: String { root + "/faults" }

    /// What is to go wrong from now on, as `plugin.py` has it.
    func fail(_ text: String) throws {
        try Data(text.utf8).write(to: URL(filePath: faults), options: .atomic)
    }

    /// The driver of a daemon that has just started.
    func driver() async throws -> any Driver {
        let catalogue = PluginCatalogue(
            directories: [directory], ownSockets: [],
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        await catalogue.lookFor(name)
        guard let driver = catalogue.driver(named: name) else {
            throw TestFailure("no driver \(name) at \(socket): \(catalogue.reports)")
        }
        return driver
    }

    /// The IDs that have a volume mounted, as the plugin sees it.
    func mounts(of volume: String) throws -> [String] {
        struct Known: Decodable { let mounts: [String] }
        let state = try OpenFile.text(at: volumes + "/.state")
        return try JSONDecoder().decode([String: Known].self, from: Data(state.utf8))[volume]?
            .mounts ?? []
    }
}
