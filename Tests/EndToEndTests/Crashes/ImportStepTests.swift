import TestSupport
import Testing

/// pouchd dies at one step after the other of an import, and of what it stages for a start.
@Suite(
    .daemon(with: .busybox), .inTime, .serialized, .requiresRoot(to: "run containers"))
struct ImportStepTests {
    let daemon: TestDaemon

    init() throws { daemon = try .shared }

    private func dying(at step: String, _ act: () async throws -> Void) async throws {
        try await daemon.restart(settings: ["POUCHD_DIE_AT": step])
        try? await act()
        #expect(try await daemon.ended(within: .seconds(30)) == -9, "nobody came by \(step)")
        try await daemon.restart()
    }

    private func list(_ name: String) async throws -> String {
        try await Program.shell(#"ls -A "$1""#, daemon.home + "/volume/" + name)
    }

    /// An archive with the files `new-1` and `new-2`.
    private func archive() async throws -> String {
        let path = daemon.root + "/" + daemon.fresh("archive") + ".tar"
        try await Program.shell(
            #"d=$(mktemp -d); touch "$d/new-1" "$d/new-2"; tar -C "$d" -cf "$1" .; rm -r "$d""#,
            path)
        return path
    }

    @Test(arguments: [
        ("import.marked", "old"), ("import.unpacked", "new-1\nnew-2"),
        ("import.emptied", "new-1\nnew-2"), ("import.renamed", "new-1\nnew-2"),
        ("import.moved", "new-1\nnew-2"), ("import.settled", "new-1\nnew-2"),
    ])
    func `an import is done as a whole or not at all`(
        step: String, content: String
    ) async throws {
        let (name, file) = (daemon.fresh(), try await archive())
        try await daemon.says("volume", "create", name)
        try await Program.shell(#"touch "$1/old""#, daemon.home + "/volume/" + name)
        try await dying(at: step) {
            _ = try await daemon.pouch("volume", "import", "-f", name, file)
        }
        #expect(try await list(name) == content)
        #expect(
            try await daemon.run("-v", "\(name):/v", "busybox", "ls", "-A", "/v").said == content)
        try await daemon.expectSound()
        try await daemon.says("volume", "import", "-f", name, file)
        try await daemon.says("volume", "rm", name)
    }

    @Test(arguments: ["container.start.prepared", "container.start.created"])
    func `what was staged for a start goes`(step: String) async throws {
        let name = daemon.fresh()
        let id = try await daemon.pouch([
            "create", "--network", "none", "-v", "\(name):/v/a:dr", "--mount",
            "type=image,source=busybox,target=/i", "busybox", "true",
        ]).said
        try await dying(at: step) { try await daemon.says("start", id) }
        #expect(MountEntry.under(daemon.state + "/mounts").isEmpty)
        try await daemon.says("rm", "-f", id)
        try await daemon.says("volume", "rm", name)
        try await daemon.expectSound()
    }
}
