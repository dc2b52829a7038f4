import TestSupport
import Testing

/// What `pouch plugin` and `pouch volume detach` ask, and how they show the answer.
struct PluginCommandTests {
    private static let plugin = """
        {"Name":"nfs","File":"/run/docker/plugins/nfs.sock","Scope":"global","Health":"failing",\
        "Address":"unix:///run/docker/plugins/nfs.sock","Volumes":3,"LastError":"gone"}
        """

    @Test func `a list shows how each plugin does`() async throws {
        try await withStubDaemon(answer: { _ in .json("[\(Self.plugin)]") }) { daemon in
            let table = try await pouch("plugin", "ls", host: daemon.path)
            #expect(
                table.out == """
                    PLUGIN    HEALTH    SCOPE     VOLUMES   ADDRESS
                    nfs       failing   global    3         unix:///run/docker/plugins/nfs.sock

                    """)
            #expect(try await pouch("plugin", "ls", "-q", host: daemon.path).out == "nfs\n")
            let errors = try await pouch(
                "plugin", "ls", "--format", "{{.LastError}}", host: daemon.path)
            #expect(errors.out == "gone\n")
            #expect(daemon.lines.allSatisfy { $0 == "GET /volume-plugins" })
        }
    }

    @Test func `inspect shows what the daemon says, field by field`() async throws {
        try await withStubDaemon(answer: { _ in .json(Self.plugin) }) { daemon in
            let shown = try await pouch(
                "plugin", "inspect", "-f", "{{.Health}}: {{.LastError}}", "nfs", host: daemon.path)
            #expect(shown.out == "failing: gone\n")
            #expect(daemon.lines == ["GET /volume-plugins/nfs"])
        }
    }

    @Test func `detach says what it did`() async throws {
        let body = """
            {"Detached":[{"Owner":"b","Kind":"plugin"},{"Owner":"a","Kind":"plugin"},\
            {"Owner":"b","Kind":"plugin"}]}
            """
        try await withStubDaemon(answer: { _ in .json(body) }) { daemon in
            let all = try await pouch("volume", "detach", "data", host: daemon.path)
            #expect(
                all.out == """
                    data: ended one use by plugin a
                    data: ended 2 uses by plugin b

                    """)
            _ = try await pouch(
                "volume", "detach", "--force", "--from", "a/b", "data", host: daemon.path)
            #expect(
                daemon.lines == [
                    "POST /volumes/data/detach", "POST /volumes/data/detach?from=a%2Fb&force=1",
                ])
        }
    }
}
