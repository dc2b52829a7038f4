import CSIAPI
import FoundationEssentials
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import Glibc
import Linux
import Synchronization
import TestSupport
import Testing

/// A host with a real pouchd whose volumes an orchestrator asks for: everything of it lies in one
/// directory, which goes with it.
final class Host: Sendable {
    static let node = "host-1"

    let root: String
    private let home: String
    private let words: [String]
    private let daemon = Mutex<Daemon?>(nil)

    private init(root: String, home: String, words: [String]) {
        self.root = root
        self.home = home
        self.words = words
    }

    /// Runs `body` beside a pouchd; afterwards nothing may be mounted that `body` did not leave on
    /// purpose.
    static func running<Result>(
        home: String? = nil, words: [String] = [], _ body: (Host) async throws -> Result
    ) async throws -> Result {
        try await withTemporaryDirectory { root in
            let host = Host(root: root, home: home ?? root + "/home", words: words)
            try await host.start()
            do {
                let result = try await body(host)
                try await host.stop()
                #expect(try host.mounts().isEmpty, "left mounted")
                return result
            } catch {
                try? await host.kill()
                throw error
            }
        }
    }

    // MARK: Life

    var socket: String { root + "/c.sock" }
    var engineSocket: String { root + "/d.sock" }
    var log: String { (try? OpenFile.text(at: root + "/log")) ?? "" }

    func start(dyingAt step: String? = nil) async throws {
        let arguments = [
            Self.directory + "/pouchd", "--home-dir", home, "--state-dir", root + "/state",
            "--listen", "unix://" + engineSocket, "--bridge", "none", "--csi-endpoint",
            "unix://" + socket, "--csi-node", Self.node, "--log-level", "debug",
        ]
        let started = try Daemon(
            arguments + words, settings: step.map { ["POUCHD_DIE_AT": $0] } ?? [:],
            log: root + "/log")
        daemon.withLock { $0 = started }
        try await eventually("pouchd serves CSI", within: .seconds(60)) {
            guard started.status == nil else { throw TestFailure("pouchd ended:\n\(log)") }
            return try await isServing()
        }
    }

    private func isServing() async throws -> Bool {
        guard access(socket, F_OK) == 0 else { return false }
        return (try? await ask(within: .seconds(2)) { try await $0.identity.probe(.init()) }) != nil
    }

    func stop() async throws {
        guard let process = daemon.withLock({ $0 }) else { return }
        process.signal(SIGTERM)
        #expect(try await process.end(within: .seconds(60)) == 0)
    }

    func kill() async throws {
        guard let process = daemon.withLock({ $0 }) else { return }
        process.signal(SIGKILL)
        try await process.end(within: .seconds(60))
    }

    /// Waits for the end of a daemon that was told to die.
    func died() async throws {
        guard let process = daemon.withLock({ $0 }) else { return }
        #expect(try await process.end(within: .seconds(60)) == -SIGKILL)
    }

    /// Runs pouch; returns what it printed, or what it complained of.
    func pouch(_ words: String...) -> String {
        do {
            return try runTool(
                Self.directory + "/pouch", ["-H", "unix://" + engineSocket] + words)
        } catch {
            return "\(error)"
        }
    }

    /// Where the build left the programs.
    private static let directory: String = {
        guard let path = realpath("/proc/self/exe", nil) else { return "." }
        defer { free(path) }
        return String(cString: path).split(separator: "/", omittingEmptySubsequences: false)
            .dropLast().joined(separator: "/")
    }()

    // MARK: Questions

    /// The three services on one line.
    struct Services: Sendable {
        let client: GRPCClient<HTTP2ClientTransport.Posix>

        var identity: Csi_V1_Identity.Client<HTTP2ClientTransport.Posix> {
            .init(wrapping: client)
        }
        var controller: Csi_V1_Controller.Client<HTTP2ClientTransport.Posix> {
            .init(wrapping: client)
        }
        var node: Csi_V1_Node.Client<HTTP2ClientTransport.Posix> { .init(wrapping: client) }
    }

    /// Calls over a line of its own.
    func ask<Answer: Sendable>(
        within limit: Duration = .seconds(90), authority: String = "localhost",
        _ body: @Sendable (Services) async throws -> Answer
    ) async throws -> Answer {
        let everything = MethodConfig.Name(service: "", method: "")
        return try await withGRPCClient(
            transport: .http2NIOPosix(
                target: .unixDomainSocket(path: socket, authority: authority),
                transportSecurity: .plaintext,
                serviceConfig: ServiceConfig(methodConfig: [
                    MethodConfig(names: [everything], timeout: limit)
                ]))
        ) { client in
            try await body(Services(client: client))
        }
    }

    /// The code that a call is refused with; nil if it succeeds.
    func code<Answer: Sendable>(
        _ body: @Sendable (Services) async throws -> Answer
    ) async throws -> RPCError.Code? {
        do {
            _ = try await ask(body)
            return nil
        } catch let error as RPCError {
            return error.code
        }
    }

    /// What a call is refused with, in words.
    func refusal<Answer: Sendable>(
        _ body: @Sendable (Services) async throws -> Answer
    ) async throws -> String {
        do {
            _ = try await ask(body)
            return ""
        } catch let error as RPCError {
            return error.message
        }
    }

    // MARK: What is there

    /// What is mounted for orchestrators.
    func mounts() throws -> [String] {
        try MountTable().entries(atOrBelow: root + "/kubelet").map(\.path)
    }

    /// The ids of all volumes.
    func volumes() async throws -> Set<String> {
        let list = try await ask { try await $0.controller.listVolumes(.init()) }
        return Set(list.entries.map(\.volume.volumeID))
    }
}
