import Containers
import FoundationEssentials
import Glibc
import TestSupport
import Testing

@testable import Containerd

@Suite(.requiresContainerd, .requiresRoot(to: "run containerd"))
struct OwnContainerdTests {
    @Test func `nothing is started before something is needed`() async throws {
        try await withContainerd { containerd in
            #expect(try await containerd.runtime.tasks() == [:])
            try await containerd.runtime.stop()
            #expect(containerd.process == nil)
            #expect(!FileManager.default.fileExists(atPath: containerd.settings.state))
            #expect(!FileManager.default.fileExists(atPath: containerd.settings.home))
        }
    }

    @Test func `callers at the same time start one containerd`() async throws {
        try await withContainerd { containerd in
            try await withThrowingTaskGroup { group in
                for _ in 0..<20 { group.addTask { try await containerd.runtime.awaken() } }
                try await group.waitForAll()
            }
            #expect(containerd.runtime.connection.timesOpened == 1)
        }
    }

    @Test func `it has a session of its own and none of our files`() async throws {
        try await withContainerd { containerd in
            let file = open("/dev/null", O_RDONLY)
            defer { close(file) }
            try await containerd.runtime.awaken()
            let process = try #require(containerd.process)
            #expect(getsid(process) == process)
            let log = try FileManager.default.destinationOfSymbolicLink(
                atPath: "/proc/\(process)/fd/2")
            #expect(log == containerd.settings.state + "/containerd/containerd.log")
            let open = try FileManager.default.contentsOfDirectory(
                atPath: "/proc/\(process)/fd"
            ).compactMap {
                try? FileManager.default.destinationOfSymbolicLink(
                    atPath: "/proc/\(process)/fd/\($0)")
            }
            #expect(open.count { $0 == "/dev/null" } == 1)
        }
    }

    @Test func `the next runtime takes over containerd and its containers`() async throws {
        try await withContainerd { containerd in
            let image = try await containerd.image()
            let process = TestProcess("sleep", "1000")
            try await process.start(image, by: containerd.runtime)
            let first = try #require(containerd.process)
            // As after a reboot of pouchd while containerd died as well.
            kill(first, SIGKILL)

            let next = ContainerdRuntime(containerd.settings, logger: quiet)
            try await running(next) {
                guard case .running? = try await next.tasks()[process.container] else {
                    throw TestFailure("the process is forgotten")
                }
                try await next.stop()
                #expect(try await next.tasks().count == 1, "containers keep it from stopping")
                try await next.signal(process.container, SIGKILL)
                #expect(try await next.wait(process.container).status == 137)
                try await next.delete(process.container)
                try await next.removeLayer(of: process.container)
                let last = try #require(containerd.process)
                try await next.stop()
                #expect(!isAlive(last))
            }
        }
    }

    @Test func `without containerd the error says what to install`() async throws {
        try await withTemporaryDirectory { folder in
            let settings = ContainerdSettings(home: folder, state: folder, searchPath: folder)
            let runtime = ContainerdRuntime(settings, logger: quiet)
            try await running(runtime) {
                await #expect(
                    throws: ContainerError.runtimeUnavailable(
                        "containerd is not installed: apt-get install containerd runc")
                ) { try await runtime.images() }
                let tasks = try await runtime.tasks()
                #expect(tasks == [:])
            }
        }
    }

    @Test func `a socket that nobody answers at is named`() async throws {
        try await withTemporaryDirectory { folder in
            let socket = folder + "/none.sock"
            let settings = ContainerdSettings(home: folder, state: folder, socket: socket)
            let runtime = ContainerdRuntime(settings, logger: quiet)
            try await running(runtime) {
                let error = await #expect(throws: ContainerError.self) {
                    try await runtime.images()
                }
                #expect(error?.description.contains(socket) == true)
            }
        }
    }

    @Test func `a folder too deep for a socket is refused`() async throws {
        try await withTemporaryDirectory { folder in
            let deep = folder + "/" + String(repeating: "d", count: 100)
            let runtime = ContainerdRuntime(
                ContainerdSettings(home: folder, state: deep), logger: quiet)
            try await running(runtime) {
                let error = await #expect(throws: ContainerError.self) {
                    try await runtime.images()
                }
                #expect(error?.description.contains("--state-dir") == true)
            }
        }
    }

    @Test func `a containerd that can't start says why`() async throws {
        try await withContainerd { containerd in
            // containerd wants a directory here.
            let home = containerd.settings.home + "/containerd"
            try FileManager.default.createDirectory(
                atPath: home, withIntermediateDirectories: true)
            try Data().write(to: URL(filePath: home + "/io.containerd.metadata.v1.bolt"))
            let error = await #expect(throws: ContainerError.self) {
                try await containerd.runtime.images()
            }
            #expect(error?.description.contains("not a directory") == true, "\(error as Any)")
        }
    }
}
