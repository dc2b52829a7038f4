import ArgumentParser
import FoundationEssentials
import Logging
import TestSupport
import Testing
import VolumeModules

@testable import pouchd

struct ConfigurationTests {
    @Test func `without a word the defaults hold`() async throws {
        let configuration = try await configuration([], file: "{}")
        #expect(configuration.home == "/var/lib/pouch")
        #expect(configuration.state == "/run/pouch")
        #expect(configuration.tmpfs == "/mnt/tmpfs")
        #expect(configuration.sockets == ["/run/pouchd.sock"])
        #expect(configuration.containerd == nil)
        #expect(configuration.logLevel == .info)
    }

    @Test func `plugins are looked for where Docker does, or with another home in its own`()
        async throws
    {
        let usual = try await configuration([], file: "{}")
        #expect(usual.dockerPlugin == nil)
        #expect(usual.pluginDirectories.contains("/run/docker/plugins"))
        #expect(usual.pluginDirectories.contains("/etc/docker/plugins"))
        let other = try await configuration(
            ["--home-dir", "/a/home", "--state-dir", "/a/state"], file: "{}")
        #expect(other.pluginDirectories == ["/a/state/plugins"])
        let words = [
            "--plugin-dir", "/a//one/", "--plugin-dir", "/a/two", "--docker-plugin", "/a/p.sock",
            "--plugin-timeout", "10", "--plugin-list-timeout", "2", "--plugin-retries", "0",
            "--plugin-wait", "0",
        ]
        let file = #"""
            {"plugin-dir": ["/a/one", "/a/two"], "docker-plugin": "/a/p.sock",
             "plugin-timeout": "10", "plugin-list-timeout": "2", "plugin-retries": "0",
             "plugin-wait": "0"}
            """#
        let given = try await configuration(words, file: "{}")
        let fromFile = try await configuration([], file: file)
        #expect(given == fromFile)
        #expect(given.pluginDirectories == ["/a/one", "/a/two"])
        #expect(given.dockerPlugin == "/a/p.sock")
        #expect(given.plugins.actionSeconds == 10 && given.plugins.questionSeconds == 5)
        #expect(given.plugins.listSeconds == 2 && given.plugins.retries == 0)
        #expect(given.plugins.waitSeconds == 0)
    }

    @Test func `it is a CSI plugin if an endpoint is given, or in the environment`() async throws {
        #expect(try await configuration([], file: "{}", endpoint: nil).csi == nil)
        let words = ["--csi-endpoint", "unix:///a//csi.sock", "--csi-node", "host-1"]
        let file = #"{"csi-endpoint": "/a/csi.sock", "csi-node": "host-1"}"#
        let given = try await configuration(words, file: "{}", endpoint: "unix:///other.sock")
        let fromFile = try await configuration([], file: file, endpoint: nil)
        #expect(given.csi == fromFile.csi)
        #expect(given.csi?.socket == "/a/csi.sock" && given.csi?.node == "host-1")
        let told = try await configuration([], file: "{}", endpoint: "unix:///run/csi.sock")
        #expect(told.csi?.socket == "/run/csi.sock" && told.csi?.node.isEmpty == false)
    }

    @Test func `the command line and the file say the same things`() async throws {
        let words = [
            "--home-dir", "/a/home", "--state-dir", "/a//state/", "--listen", "unix:///a/one.sock",
            "--listen", "unix:///a/two.sock", "--containerd", "/a/c.sock", "--log-level", "debug",
        ]
        let file = #"""
            {"home-dir": "/a/home", "state-dir": "/a//state/", "containerd": "/a/c.sock",
             "listen": ["unix:///a/one.sock", "unix:///a/two.sock"], "log-level": "debug"}
            """#
        let fromWords = try await configuration(words, file: "{}")
        let fromFile = try await configuration([], file: file)
        #expect(fromWords == fromFile)
        #expect(fromWords.state == "/a/state")
        #expect(fromWords.tmpfs == "/a/state/tmpfs")
        #expect(fromWords.sockets == ["/a/one.sock", "/a/two.sock"])
    }

    @Test(arguments: [
        (["--home-dir", "/a"], #"{"home-dir": "/b"}"#, ["home-dir", "twice"]),
        (["--listen", "unix:///a"], #"{"listen": ["unix:///b"]}"#, ["listen", "twice"]),
        ([], #"{"home": "/b"}"#, ["unknown key \"home\"", "home-dir"]),
        ([], #"{"config-file": "/b"}"#, ["unknown key \"config-file\""]),
        ([], #"{"home-dir": 1}"#, ["home-dir must be a string"]),
        ([], #"{"home-dir": null}"#, ["home-dir must be a string"]),
        ([], #"{"listen": "unix:///b"}"#, ["listen must be an array of strings"]),
        ([], #"{"listen": [1]}"#, ["listen must be an array of strings"]),
        ([], #"{"ceph": {"pool": "a"}}"#, ["ceph must be an object of objects of strings"]),
        ([], #"{"ceph": {"west": {"pool": "a"}}}"#, ["ceph", "west", "conf must be given"]),
        ([], #"{"ceph": {"default": {"pol": "a"}}}"#, ["ceph", "no option \"pol\"", "pool"]),
        ([], "[]", ["not a JSON object"]), ([], #"{"home-dir": "/b""#, ["not a JSON object"]),
        (["--home-dir", "relative"], "{}", ["home-dir", "relative", "absolute"]),
        (["--home-dir", "/"], "{}", ["home-dir", "absolute"]),
        (["--state-dir", "/a/../b"], "{}", ["state-dir", "absolute"]),
        (["--listen", "tcp://127.0.0.1:2375"], "{}", ["tcp://127.0.0.1:2375", "root"]),
        (["--listen", "/a.sock"], "{}", ["/a.sock", "unix:///path"]),
        (["--plugin-timeout", "0"], "{}", ["plugin-timeout", "\"0\"", "from 1"]),
        (["--plugin-wait", "soon"], "{}", ["plugin-wait", "soon", "whole number"]),
        (["--plugin-dir", "plugins"], "{}", ["plugin-dir", "absolute"]),
        (["--docker-plugin", "p.sock"], "{}", ["docker-plugin", "absolute"]),
        (["--csi-endpoint", "tcp://127.0.0.1:1"], "{}", ["csi-endpoint", "tcp://", ".sock"]),
        (["--csi-endpoint", "unix:///a/csi"], "{}", ["csi-endpoint", ".sock"]),
        (["--csi-endpoint", "/../a.sock"], "{}", ["csi-endpoint", "absolute"]),
        (["--csi-endpoint", "/a.sock", "--csi-node", "a/b"], "{}", ["csi-node", "a/b"]),
        (["--csi-node", "host-1"], "{}", ["csi-node", "csi-endpoint"]),
        (["--log-level", "loud"], "{}", ["log-level", "loud", "debug"]),
    ])
    func `a setting that makes no sense is named`(
        words: [String], file: String, parts: [String]
    ) async throws {
        let error = await #expect(throws: ConfigurationError.self) {
            _ = try await configuration(words, file: file)
        }
        for part in parts { #expect("\(error.debugDescription)".contains(part)) }
    }

    @Test func `a file that is not there is an error only if it was named`() async throws {
        #expect(throws: Never.self) { try ConfigurationFile("/none/config.json", isNamed: false) }
        #expect(
            performing: { try ConfigurationFile("/none/config.json", isNamed: true) },
            throws: { "\($0)".contains("/none/config.json: No such file or directory") })
    }

    private func configuration(
        _ words: [String], file: String, endpoint: String? = nil
    ) async throws -> Configuration {
        try await withTemporaryDirectory { directory in
            let path = directory + "/config.json"
            try Data(file.utf8).write(to: URL(filePath: path))
            return try Configuration(
                Arguments.parse(words + ["--config-file", path]), endpoint: endpoint)
        }
    }
}
