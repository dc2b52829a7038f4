import FoundationEssentials
import PouchAPI
import Synchronization
import Testing

@testable import PouchClient

/// A daemon that runs one container, as far as `pouch run` can tell.
private final class Engine: Sendable {
    struct Script {
        var status = 0
        var createErrors: [[StubDaemon.Step]] = []
        var start: [StubDaemon.Step] = .noContent
        var endsBySignal = false
        var isRaw = false
    }

    private let script: Script
    private let state = Mutex((isListening: 0, createErrors: [[StubDaemon.Step]]()))
    private let listening = Gate()
    private let started = Gate()
    private let ended = Gate()

    init(_ script: Script = Script()) {
        self.script = script
        state.withLock { $0.createErrors = script.createErrors }
    }

    func answer(_ request: StubDaemon.Request) -> [StubDaemon.Step] {
        let line = request.line.split(separator: "?").first.map(String.init) ?? ""
        switch line {
        case "POST /containers/create": return create()
        case "GET /containers/c1/logs": return logs()
        case "POST /containers/c1/wait": return wait()
        case "POST /containers/c1/start": return start()
        case "POST /containers/c1/kill":
            ended.open()
            return .noContent
        case "POST /images/create":
            return .stream([Array("{\"status\":\"Pull complete\",\"id\":\"a\"}\n".utf8)])
        default: return .noContent
        }
    }

    private func create() -> [StubDaemon.Step] {
        state.withLock { $0.createErrors.isEmpty ? nil : $0.createErrors.removeFirst() }
            ?? .json(#"{"Id":"c1","Warnings":["a warning"]}"#, status: "201 Created")
    }

    /// Starting counts only if both listen already.
    private func start() -> [StubDaemon.Step] {
        guard state.withLock({ $0.isListening }) == 2 else {
            return .error("500 Internal Server Error", "nobody listens yet")
        }
        started.open()
        if !script.endsBySignal { ended.open() }
        return script.start
    }

    private func logs() -> [StubDaemon.Step] {
        state.withLock { $0.isListening += 1 }
        let type = script.isRaw ? "raw" : "multiplexed"
        let head = """
            HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.\(type)-stream\r
            Transfer-Encoding: chunked\r\n\r\n
            """
        let out = Array("out\n".utf8)
        let frames =
            [1, 0, 0, 0, 0, 0, 0, 4] + out + [2, 0, 0, 0, 0, 0, 0, 4] + Array("err\n".utf8)
        return [
            .send(head), .until(started), .chunk(script.isRaw ? out : frames), .until(ended),
            .send("0\r\n\r\n"),
        ]
    }

    private func wait() -> [StubDaemon.Step] {
        state.withLock { $0.isListening += 1 }
        let body = Array("{\"StatusCode\":\(script.status)}\n".utf8)
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        return [.send(head), .until(ended), .chunk(body), .send("0\r\n\r\n")]
    }
}

struct RunTests {
    @Test func `run shows both outputs and ends with the container's status`() async throws {
        let engine = Engine(Engine.Script(status: 7))
        try await withStubDaemon(answer: engine.answer) { daemon in
            let outcome = try await pouch("run", "busybox", "sh", host: daemon.path)
            #expect(outcome.status == 7)
            #expect(outcome.out == "out\n")
            #expect(outcome.err == "pouch: a warning\nerr\n")
            #expect(daemon.requests.count == 4)
            #expect(daemon.lines.first == "POST /containers/create")
            #expect(daemon.lines.last == "POST /containers/c1/start")
            #expect(daemon.lines.contains("POST /containers/c1/wait?condition=next-exit"))
            #expect(daemon.lines.contains { $0.contains("/logs?stdout=1&stderr=1&follow=1") })
        }
    }

    @Test func `a container that removes itself is waited for until it is gone`() async throws {
        let engine = Engine()
        try await withStubDaemon(answer: engine.answer) { daemon in
            let outcome = try await pouch("run", "--rm", "--name", "web", "x", host: daemon.path)
            #expect(outcome.status == 0)
            #expect(daemon.lines.contains("POST /containers/c1/wait?condition=removed"))
            let asked = try #require(daemon.requests.first)
            #expect(asked.line == "POST /containers/create?name=web")
            let request = try JSONDecoder().decode(
                ContainerCreateRequest.self, from: Data(asked.body))
            #expect(request.hostConfig?.autoRemove == true)
            #expect(request.config.image == "x")
        }
    }

    @Test func `a terminal's output is written as it comes`() async throws {
        let engine = Engine(Engine.Script(isRaw: true))
        try await withStubDaemon(answer: engine.answer) { daemon in
            let outcome = try await pouch("run", "-t", "x", host: daemon.path)
            #expect(outcome.out == "out\n")
        }
    }

    @Test func `a detached container is started, named and left alone`() async throws {
        let answer: @Sendable (StubDaemon.Request) -> [StubDaemon.Step] = { request in
            request.line == "POST /containers/create"
                ? .json(#"{"Id":"c1","Warnings":[]}"#, status: "201 Created") : .noContent
        }
        try await withStubDaemon(answer: answer) { daemon in
            let outcome = try await pouch("run", "-d", "x", host: daemon.path)
            #expect(outcome.out == "c1\n" && outcome.status == 0)
            #expect(daemon.lines == ["POST /containers/create", "POST /containers/c1/start"])
        }
    }

    private static let noImage: [StubDaemon.Step] = .error(
        "404 Not Found", "No such image: busybox:latest: pull or load it first")

    @Test func `a missing image is pulled`() async throws {
        let engine = Engine(Engine.Script(createErrors: [Self.noImage]))
        try await withStubDaemon(answer: engine.answer) { daemon in
            let outcome = try await pouch("run", "busybox", host: daemon.path)
            #expect(outcome.status == 0 && outcome.out == "out\n")
            #expect(
                daemon.lines.prefix(3) == [
                    "POST /containers/create", "POST /images/create?fromImage=busybox",
                    "POST /containers/create",
                ])
        }
    }

    @Test func `a missing image is not pulled if that is said`() async throws {
        let engine = Engine(Engine.Script(createErrors: [Self.noImage]))
        try await withStubDaemon(answer: engine.answer) { daemon in
            let outcome = try await pouch("run", "--pull", "never", "busybox", host: daemon.path)
            #expect(outcome.status == 125)
            #expect(outcome.err.hasPrefix("pouch: No such image: busybox:latest"))
            #expect(daemon.lines == ["POST /containers/create"])
        }
    }

    @Test(arguments: [(126, 126), (127, 127), (nil, 125)] as [(Int?, Int32)])
    func `a command that can't run ends with docker's status, and leaves nothing`(
        _ said: Int?, _ status: Int32
    ) async throws {
        let field = said.map { ",\"exitStatus\":\($0)" } ?? ""
        let body = #"{"message":"exec: \"nope\": not found"\#(field)}"#
        let engine = Engine(
            Engine.Script(start: .json(body, status: "400 Bad Request"), endsBySignal: true))
        try await withStubDaemon(answer: engine.answer) { daemon in
            let outcome = try await pouch("run", "--rm", "busybox", "nope", host: daemon.path)
            #expect(outcome.status == status)
            #expect(outcome.err.contains("pouch: exec: \"nope\": not found\n"))
            #expect(daemon.lines.last == "DELETE /containers/c1?force=1&v=1")
        }
    }

    @Test(arguments: ["INT", "TERM", "HUP", "USR1"])
    func `a signal goes to the container, which decides what it means`(
        _ signal: String
    ) async throws {
        let engine = Engine(Engine.Script(status: 42, endsBySignal: true))
        try await withStubDaemon(answer: engine.answer) { daemon in
            let script = #"""
                "$0" "$@" > "$OUT" &
                while kill -0 $! && ! grep -q out "$OUT"; do sleep 0.02; done
                kill -s \#(signal) $!
                wait $!
                """#
            let outcome = try await pouch(
                "run", "busybox", host: daemon.path, script: script,
                outputAt: daemon.path + ".out")
            #expect(outcome.status == 42)
            #expect(daemon.lines.last == "POST /containers/c1/kill?signal=SIG\(signal)")
        }
    }
}
