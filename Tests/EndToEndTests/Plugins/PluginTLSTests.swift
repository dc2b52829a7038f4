import FoundationEssentials
import TestSupport
import Testing

/// Plugins that are found by a file, and asked over TLS.
@Suite(.ownDaemons, .inTime, .serialized, .requiresRoot(to: "run pouchd"))
struct PluginTLSTests {
    @Test func `a plugin is known by its certificate, and knows us by ours`() async throws {
        try await TestDaemon.running(words: ["--plugin-retries", "0"]) { daemon in
            let certificates = try await TestCertificates(in: daemon.root)
            let (plugin, address) = try await TestPlugin.secured(
                "safe", beside: daemon, by: certificates)
            do {
                try await check(daemon, plugin, address, certificates)
                try await plugin.kill()
            } catch {
                try await plugin.kill()
                throw error
            }
        }
    }

    private func check(
        _ daemon: TestDaemon, _ plugin: TestPlugin, _ address: String,
        _ certificates: TestCertificates
    ) async throws {
        let client: [String: JSON] = [
            "CertFile": .string(certificates.path("client.pem")),
            "KeyFile": .string(certificates.path("client.key")),
        ]
        let authority: (String) -> [String: JSON] = {
            ["CAFile": .string(certificates.path($0))].merging(client) { $1 }
        }
        try await announce("safe", address, authority("ca.pem"), to: daemon)
        try await announce("other", address, authority("other.pem"), to: daemon)
        // Docker would not look at the certificate here; we do.
        try await announce("none", address, client, to: daemon)
        try await announce(
            "who", address, ["CAFile": .string(certificates.path("ca.pem"))], to: daemon)
        let blind = client.merging(["InsecureSkipVerify": true]) { $1 }
        try await announce("blind", address, blind, to: daemon)
        try await announce("wrong", "ftp://host", [:], to: daemon)

        for name in ["safe", "blind"] {
            let made = try await daemon.pouch("volume", "create", "-d", name, "\(name)-v")
            #expect(made.status == 0, "\(made)")
        }
        for (name, word) in [
            ("other", "TLS"), ("none", "TLS"), ("who", "plugin"), ("wrong", "ftp"),
        ] {
            let refused = try await daemon.pouch("volume", "create", "-d", name, "\(name)-v")
            #expect(refused.status == 1, "\(refused)")
            #expect(refused.errors.contains(word), "\(refused)")
            #expect(try await daemon.ask("GET", "/volumes/\(name)-v").status == 404)
        }
        #expect(
            plugin.bodies(of: "Create").compactMap { $0["Name"].string } == ["safe-v", "blind-v"])
        for name in ["safe", "blind"] { try await daemon.says("volume", "rm", "\(name)-v") }
    }

    private func announce(
        _ name: String, _ address: String, _ tls: [String: JSON], to daemon: TestDaemon
    ) async throws {
        let directory = "\(daemon.state)/plugins/\(name)"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        let url = address.contains("://") ? address : "https://\(address)"
        let file: JSON = ["Name": "ignored", "Addr": .string(url), "TLSConfig": .object(tls)]
        try Data(file.text.utf8).write(
            to: URL(filePath: "\(directory)/\(name).json"), options: .atomic)
    }

    @Test func `a file that names a socket is as good as the socket`() async throws {
        try await TestDaemon.running { daemon in
            let plugin = try await TestPlugin.serving("direct", to: daemon)
            let spec = "unix://\(daemon.state)/plugins/direct.sock\n"
            try Data(spec.utf8).write(to: URL(filePath: "\(daemon.state)/plugins/byfile.spec"))
            try await daemon.says("volume", "create", "-d", "byfile", "spec-v")
            #expect(plugin.counts["Create"] == 1)
            let listed = try await daemon.says("plugin", "ls", "--format", "{{.Name}} {{.Health}}")
            #expect(listed == "byfile healthy\ndirect healthy")
            try await daemon.says("volume", "rm", "spec-v")
            try await plugin.kill()
        }
    }
}
