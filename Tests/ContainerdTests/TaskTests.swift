import Containers
import FoundationEssentials
import Glibc
import Linux
import TestSupport
import Testing

@testable import Containerd

@Suite(.requiresContainerd, .requiresRoot(to: "run containers"))
struct TaskTests {
    @Test func `a process writes into its FIFO and its status comes back`() async throws {
        try await withContainerd { containerd in
            let image = try await containerd.image(mark: "seen")
            let pipe = try Pipe(containerd.folder + "/out")
            defer { pipe.close() }
            let process = TestProcess("sh", "-c", "cat /etc/mark; exit 7", stdout: pipe.path)
            #expect(try await process.run(image, by: containerd.runtime).status == 7)
            #expect(pipe.text() == "mark seen\n")
            #expect(try await containerd.runtime.tasks() == [:])
        }
    }

    @Test func `a killed process has status 137`() async throws {
        try await withContainerd { containerd in
            let runtime = containerd.runtime
            let image = try await containerd.image()
            let process = TestProcess("sleep", "1000")
            try await process.start(image, by: runtime)
            guard case .running(let pid)? = try await runtime.tasks()[process.container] else {
                throw TestFailure("it does not run")
            }
            #expect(kill(pid, 0) == 0)
            await #expect(throws: ContainerError.running(process.container.short)) {
                try await runtime.delete(process.container)
            }
            try await runtime.signal(process.container, SIGKILL)
            let exit = try await runtime.wait(process.container)
            #expect(exit.status == 137)
            #expect(try await runtime.tasks()[process.container] == .ended(exit))
            #expect(try await runtime.wait(process.container) == exit, "at once, as it has ended")
            await #expect(throws: ContainerError.notRunning(process.container.short)) {
                try await runtime.signal(process.container, SIGTERM)
            }
            try await runtime.delete(process.container)
            try await runtime.delete(process.container)
            try await runtime.removeLayer(of: process.container)
            try await runtime.removeLayer(of: process.container)
        }
    }

    @Test func `a process whose shim dies has ended, and leaves nothing in the way`()
        async throws
    {
        try await withContainerd { containerd in
            let runtime = containerd.runtime
            let image = try await containerd.image()
            let process = TestProcess("sleep", "1000")
            try await process.start(image, by: runtime)
            guard case .running(let pid)? = try await runtime.tasks()[process.container] else {
                throw TestFailure("it does not run")
            }
            // The killed shim can't take its socket with it.
            let socket = try #require(containerd.shimSocket(of: process.container))
            defer { unlink(socket) }
            let status = try OpenFile.text(at: "/proc/\(pid)/status")
            let shim = try #require(status.firstMatch(of: /PPid:\s+([0-9]+)/)?.1)
            kill(try #require(Int32(shim)), SIGKILL)
            _ = try? await runtime.wait(process.container)
            try await eventually("the process is gone") {
                try await runtime.tasks() == [:] && !isAlive(pid)
            }
            try await runtime.delete(process.container)
            try await runtime.removeLayer(of: process.container)
        }
    }

    /// containerd forgets a shim before it ends it, and may be stopped in between: no moment that a
    /// test can choose, so a stand-in has the shim's words.
    @Test func `a shim that containerd has lost is found and ended`() async throws {
        try await withContainerd { containerd in
            let runtime = containerd.runtime
            let socket = containerd.socket
            let (lost, busy, strange) = (
                ContainerID.random(), ContainerID.random(), ContainerID.random()
            )
            let shim = try Self.standIn(for: lost, of: socket, in: containerd.folder)
            let other = try Self.standIn(for: strange, of: socket + "2", in: containerd.folder)
            let working = try Self.standIn(
                for: busy, of: socket, in: containerd.folder, doing: "sleep 1000 & wait")
            defer { for process in [shim, other, working] { kill(process, SIGKILL) } }
            try await eventually("they are seen") {
                try await runtime.tasks().count == 2
            }
            let tasks = try await runtime.tasks()
            #expect(tasks[lost] == .remains)
            guard case .running(let child)? = tasks[busy] else {
                throw TestFailure("what a shim looks after has not ended: \(tasks)")
            }
            defer { kill(child, SIGKILL) }
            #expect(isAlive(child) && child != working)
            try await runtime.delete(lost)
            #expect(!isAlive(shim))
            #expect(isAlive(other) && isAlive(working))
            #expect(try await Set(runtime.tasks().keys) == [busy])
        }
    }

    /// A process with the words of a shim.
    private static func standIn(
        for container: ContainerID, of socket: String, in folder: String,
        doing script: String? = nil
    ) throws -> Int32 {
        let pipe = folder + "/never"
        mkfifo(pipe, 0o600)
        let script = script ?? "read line < \(pipe)"
        let words = "exec -a containerd-shim-runc-v2 bash -c '\(script)' x -namespace pouch"
        let started = try runTool(
            "bash", "-c",
            "(\(words) -id \(container) -address \(socket)) < /dev/null > /dev/null 2>&1 & echo $!")
        return try #require(Int32(started.prefix { $0.isNumber }))
    }

    @Test(arguments: [("/bin/nothing", 127), ("nothing", 127), ("/etc/plain", 126)])
    func `what can't be started says so with a shell's status`(
        word: String, status: Int32
    ) async throws {
        try await withContainerd { containerd in
            let image = try await containerd.image()
            let process = TestProcess(word)
            let error = await #expect(throws: ContainerError.self) {
                try await process.start(image, by: containerd.runtime)
            }
            guard case .startFailed(let reason, let exitStatus)? = error else {
                throw TestFailure("\(error as Any)")
            }
            #expect(exitStatus == status)
            #expect(reason.contains(word))
            #expect(try await containerd.runtime.tasks() == [:])
            // Nothing of it stays in the way.
            _ = try await containerd.runtime.makeLayer(for: process.container, over: image)
        }
    }

    @Test func `a process that was made and never started can be made again, and deleted`()
        async throws
    {
        try await withContainerd { containerd in
            let runtime = containerd.runtime
            let image = try await containerd.image()
            let process = TestProcess("true")
            _ = try await runtime.makeLayer(for: process.container, over: image)
            let pid = try await runtime.create(process.request(image))
            #expect(pid > 0)
            #expect(try await runtime.tasks() == [process.container: .created])
            _ = try await runtime.create(process.request(image))
            try await runtime.start(process.container)
            #expect(try await runtime.wait(process.container).status == 0)
            await #expect(throws: Never.self) { try await runtime.delete(process.container) }

            _ = try await runtime.create(process.request(image))
            try await runtime.delete(process.container)
            #expect(try await runtime.tasks() == [:])
        }
    }

    @Test func `two asking for one container's layer at once get the same`() async throws {
        try await withContainerd { containerd in
            let image = try await containerd.image()
            let container = ContainerID.random()
            let layers = try await withThrowingTaskGroup(of: [LayerMount].self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        try await containerd.runtime.makeLayer(for: container, over: image)
                    }
                }
                return try await group.reduce(into: Set<[LayerMount]>()) { $0.insert($1) }
            }
            #expect(layers.count == 1)
            #expect(layers.first?.first?.type == "overlay")
        }
    }

    @Test func `the image's layers are unpacked when somebody else did not`() async throws {
        try await withContainerd { containerd in
            let image = try await containerd.image()
            let snapshots = containerd.runtime.snapshots
            let content = try await containerd.runtime.catalog.entry("busybox").content
            let chains = content.layerIDs.indices.compactMap {
                Digest.chain(content.layerIDs.prefix($0 + 1))?.description
            }
            for chain in chains.reversed() {
                // The lower one goes by itself if containerd sweeps just now.
                try await unlessMissing { try await snapshots.remove(chain, in: "overlayfs") }
            }
            let process = TestProcess("true")
            #expect(try await process.run(image, by: containerd.runtime).status == 0)
        }
    }
}
