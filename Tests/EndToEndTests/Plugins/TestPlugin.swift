import FoundationEssentials
import Glibc
import Linux
import Synchronization
import TestSupport

/// A real plugin, which somebody wrote who knew nothing but the protocol; see plugin.py.
final class TestPlugin: Sendable {
    let name: String
    /// Where its volumes are.
    let root: String
    private let folder: String
    private let words: [String]
    private let process = Mutex<Daemon?>(nil)

    private static let program = Built.repository + "/Tests/EndToEndTests/Plugins/plugin.py"

    private init(_ name: String, of daemon: TestDaemon, _ words: [String]) throws {
        self.name = name
        folder = "\(daemon.root)/plugin-\(name)"
        root = folder + "/volumes"
        self.words = words
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
    }

    /// One that the daemon finds by its socket.
    static func serving(
        _ name: String, to daemon: TestDaemon, scope: String = "local",
        implements: String = "VolumeDriver"
    ) async throws -> TestPlugin {
        let directory = daemon.state + "/plugins"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        let plugin = try TestPlugin(
            name, of: daemon,
            [
                "--socket", "\(directory)/\(name).sock", "--scope", scope, "--implements",
                implements,
            ])
        try await plugin.start()
        return plugin
    }

    /// One that listens on the loopback behind TLS, and that nobody finds yet.
    static func secured(
        _ name: String, beside daemon: TestDaemon, by certificates: TestCertificates
    ) async throws -> (TestPlugin, address: String) {
        let plugin = try TestPlugin(
            name, of: daemon,
            [
                "--port-file", "\(daemon.root)/plugin-\(name)/port",
                "--certificate", certificates.path("server.pem"),
                "--key", certificates.path("server.key"),
                "--client-authority", certificates.path("ca.pem"),
            ])
        try await plugin.start()
        let port = try OpenFile.text(at: plugin.folder + "/port")
        return (plugin, "localhost:\(port)")
    }

    func start() async throws {
        let started = try Daemon(
            [
                "/usr/bin/python3", Self.program, "--root", root, "--faults", folder + "/faults",
                "--calls", folder + "/calls",
            ] + words, log: folder + "/log")
        process.withLock { $0 = started }
        // What it makes last says that it listens.
        let sign = words[1]
        // An inode held open is not given to the next socket: its number tells them apart.
        let old = try? OpenFile(sign, for: .reference)
        defer { withExtendedLifetime(old) {} }
        let before = inode(sign)
        try await eventually("plugin \(name) listens", within: .seconds(60)) {
            guard started.status == nil else {
                let log = try? OpenFile.text(at: folder + "/log")
                throw TestFailure("plugin \(name) ended: \(log ?? "")")
            }
            return inode(sign).map { $0 != before } ?? false
        }
    }

    private func inode(_ path: String) -> UInt64? {
        var status = stat()
        return lstat(path, &status) == 0 ? UInt64(status.st_ino) : nil
    }

    /// Kills it; its socket stays, as after every kill.
    func kill() async throws {
        guard let process = process.withLock({ $0 }) else { return }
        process.signal(SIGKILL)
        try await process.end()
    }

    /// Kills it, and takes its socket away.
    func vanish() async throws {
        try await kill()
        unlink(words[1])
    }

    var hasEnded: Bool { process.withLock { $0?.status } != nil }

    // MARK: What goes wrong

    /// What is to go wrong from now on, by call; nothing else does.
    func fail(_ faults: JSON) throws {
        try Data(faults.text.utf8).write(to: URL(filePath: folder + "/faults"), options: .atomic)
    }

    // MARK: What it was asked

    private var callLines: [JSON] {
        let text = (try? OpenFile.text(at: folder + "/calls")) ?? ""
        return text.split(separator: "\n").compactMap { try? JSON(String($0)) }
    }

    /// How often each call came.
    var counts: [String: Int] {
        callLines.reduce(into: [:]) { $0[$1["call"].string ?? "", default: 0] += 1 }
    }

    /// The bodies of all calls of one kind, in order.
    func bodies(of call: String) -> [JSON] {
        callLines.filter { $0["call"].string == call }
            .compactMap { $0["body"].string.flatMap { try? JSON($0) } }
    }

    func forgetCalls() { unlink(folder + "/calls") }

    /// The IDs that have a volume mounted, as the plugin sees it.
    func mounts(of volume: String) throws -> [String] {
        let state = try JSON(OpenFile.text(at: root + "/.state"))
        return state[volume]["mounts"].array?.compactMap(\.string) ?? []
    }
}

/// An authority, a server's certificate for `localhost`, and a client's; another authority too.
struct TestCertificates: Sendable {
    let directory: String

    init(in root: String) async throws {
        directory = root + "/certificates"
        try await Program.shell(
            #"""
            mkdir "$1"; cd "$1"
            authority() {
                openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$1" \
                    -keyout "$1.key" -out "$1.pem" 2> /dev/null
            }
            signed() {
                openssl req -newkey rsa:2048 -nodes -subj "/CN=$1" -keyout "$1.key" \
                    -out "$1.csr" 2> /dev/null
                openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
                    -out "$1.pem" -extfile <(echo subjectAltName=DNS:localhost) 2> /dev/null
            }
            authority ca; authority other; signed server; signed client
            """#, directory)
    }

    func path(_ name: String) -> String { "\(directory)/\(name)" }
}
