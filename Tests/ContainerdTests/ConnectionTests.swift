import Containers
import FoundationEssentials
import GRPCCore
import Glibc
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import Containerd
@testable import Pings

@Suite(.requiresContainerd, .requiresRoot(to: "run containerd"))
struct ConnectionTests {
    @Test func `a thousand calls keep one connection`() async throws {
        try await withContainerd { containerd in
            try await containerd.runtime.awaken()
            let before = containerd.runtime.connection.timesOpened
            for _ in 0..<1000 { try await containerd.runtime.awaken() }
            #expect(containerd.runtime.connection.timesOpened == before)
        }
    }

    @Test func `hundreds of refusals keep one connection`() async throws {
        try await withContainerd { containerd in
            try await containerd.runtime.awaken()
            let before = containerd.runtime.connection.timesOpened
            for _ in 0..<500 {
                try await containerd.runtime.removeLayer(of: .random())
            }
            #expect(containerd.runtime.connection.timesOpened == before)
        }
    }

    @Test func `a wait outlives containerd, which is started again`() async throws {
        try await withContainerd { containerd in
            let runtime = containerd.runtime
            let image = try await containerd.image()
            let process = TestProcess("sleep", "1000")
            try await process.start(image, by: runtime)
            let first = try #require(containerd.process)
            async let exit = runtime.wait(process.container)
            try await Task.sleep(for: .milliseconds(50))  // So that the wait is on its way.
            kill(first, SIGKILL)
            try await eventually("another containerd runs") {
                containerd.process != first && containerd.process != nil
            }
            try await runtime.signal(process.container, SIGKILL)
            #expect(try await exit.status == 137)
            try await runtime.delete(process.container)
            try await runtime.removeLayer(of: process.container)
        }
    }

    @Test func `many calls at once during containerd's death all get their answers`()
        async throws
    {
        try await withContainerd { containerd in
            _ = try await containerd.image()
            let process = try #require(containerd.process)
            try await withThrowingTaskGroup { group in
                for index in 0..<50 {
                    group.addTask {
                        if index == 10 { kill(process, SIGKILL) }
                        let images = try await containerd.runtime.images()
                        #expect(images.count == 1)
                    }
                }
                try await group.waitForAll()
            }
        }
    }
}

struct BackgroundTests {
    @Test func `work is done, whether it was added before or after the start`() async throws {
        let background = Background()
        let done = Atomic(0)
        background.add { done.add(1, ordering: .relaxed) }
        try await withThrowingTaskGroup { group in
            group.addTask { await background.run() }
            defer { group.cancelAll() }
            try await eventually("the first is done") { done.load(ordering: .relaxed) == 1 }
            background.add { done.add(1, ordering: .relaxed) }
            try await eventually("the second is done") { done.load(ordering: .relaxed) == 2 }
        }
    }

    @Test func `nobody waits for what will never be done`() async throws {
        try await withTemporaryDirectory { folder in
            let settings = ContainerdSettings(home: folder, state: folder)
            let runtime = ContainerdRuntime(settings, logger: quiet)
            try await running(runtime) {}
            await #expect(throws: ContainerError.self) { try await runtime.images() }
            let tasks = try await runtime.tasks()
            #expect(tasks == [:])
        }
    }
}

struct PingFilterTests {
    private static let ping: [UInt8] = [0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]
    private static let data: [UInt8] = [0, 0, 3, 0, 1, 0, 0, 0, 1, 9, 9, 9]
    private static let answer: [UInt8] = [0, 0, 8, 6, 1, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]

    @Test(arguments: 1...40)
    func `PINGs are taken out however the bytes are cut`(size: Int) {
        let stream = Self.data + Self.ping + Self.data + Self.answer + Self.ping + Self.data
        var filter = PingFilter()
        var passed: [UInt8] = []
        var answers: [[UInt8]] = []
        for start in stride(from: 0, to: stream.count, by: size) {
            let piece = ByteBuffer(bytes: stream[start..<min(start + size, stream.count)])
            let filtered = filter.filter(piece)
            passed += filtered.passed.map { Array($0.readableBytesView) } ?? []
            answers += filtered.answers.map { Array($0.readableBytesView) }
        }
        #expect(passed == Self.data + Self.data + Self.answer + Self.data)
        #expect(answers == [Self.answer, Self.answer])
    }

    @Test(arguments: 1...40)
    func `what a client says first is passed on as it is`(size: Int) {
        let greeting = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
        let stream = greeting + Self.ping + Self.data
        var filter = PingFilter(after: PingFilter.greetingLength)
        var passed: [UInt8] = []
        var answers = 0
        for start in stride(from: 0, to: stream.count, by: size) {
            let piece = ByteBuffer(bytes: stream[start..<min(start + size, stream.count)])
            let filtered = filter.filter(piece)
            passed += filtered.passed.map { Array($0.readableBytesView) } ?? []
            answers += filtered.answers.count
        }
        #expect(passed == greeting + Self.data && answers == 1)
    }
}
