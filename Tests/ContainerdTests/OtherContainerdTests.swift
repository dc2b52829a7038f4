import Containers
import FoundationEssentials
import Glibc
import Linux
import TestSupport
import Testing

@testable import Containerd

/// A containerd that somebody else runs.
@Suite(.requiresContainerd, .requiresRoot(to: "run containerd"))
struct OtherContainerdTests {
    @Test func `it is used as it is, and neither started nor stopped`() async throws {
        try await withContainerd { containerd in
            try await containerd.runtime.awaken()
            let process = try #require(containerd.process)
            let settings = ContainerdSettings(
                home: containerd.folder, state: containerd.folder, socket: containerd.socket)
            let other = ContainerdRuntime(settings, logger: quiet)
            try await running(other) {
                let image = try await containerd.image()
                let images = try await other.images()
                #expect(images == [image])
                let exit = try await TestProcess("true").run(image, by: other)
                #expect(exit.status == 0)
                try await other.stop()
                #expect(kill(process, 0) == 0)
                kill(process, SIGKILL)
                try await eventually("its death is noticed") {
                    await #expect(throws: ContainerError.self) { try await other.images() } != nil
                }
                let tasks = try await other.tasks()
                #expect(tasks == [:])
            }
        }
    }

    @Test func `without overlayfs layers are copies`() async throws {
        try await withTemporaryDirectory { folder in
            let socket = folder + "/c.sock"
            try await withOtherContainerd(in: folder, at: socket) {
                let settings = ContainerdSettings(home: folder, state: folder, socket: socket)
                let runtime = ContainerdRuntime(settings, logger: quiet)
                let containerd = ContainerdUnderTest(
                    runtime: runtime, settings: settings, folder: folder)
                try await running(runtime) {
                    let image = try await containerd.image()
                    let process = TestProcess("true")
                    let layer = try await runtime.makeLayer(
                        for: process.container, over: image)
                    #expect(layer.map(\.type) == ["bind"])
                    let exit = try await process.run(image, by: runtime)
                    #expect(exit.status == 0)
                }
            }
        }
    }

    private func withOtherContainerd(
        in folder: String, at socket: String, _ body: @Sendable () async throws -> Void
    ) async throws {
        let text = """
            version = 2
            root = "\(folder)/root"
            state = "\(folder)/run/containerd/state"
            disabled_plugins = ["io.containerd.snapshotter.v1.overlayfs", \
            "io.containerd.grpc.v1.cri"]
            [grpc]
            address = "\(socket)"
            [plugins."io.containerd.internal.v1.opt"]
            path = "\(folder)/opt"
            """
        try Data(text.utf8).write(to: URL(filePath: folder + "/containerd.toml"))
        _ = try DetachedProcess(
            "/usr/bin/containerd", arguments: ["--config", folder + "/containerd.toml"],
            environment: ["PATH": ContainerdSettings.defaultSearchPath], output: folder + "/log")
        do {
            try await eventually("containerd listens") { access(socket, F_OK) == 0 }
            try await body()
        } catch {
            try await Leftovers(folder).end()
            throw error
        }
        try await Leftovers(folder).end()
    }
}
