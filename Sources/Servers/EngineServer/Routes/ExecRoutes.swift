import Containers
import HTTPTypes
import NIOCore
import PouchAPI

/// More processes in a container that runs.
struct ExecRoutes: Sendable {
    let containers: ContainerManager

    init(_ containers: ContainerManager) {
        self.containers = containers
    }

    var routes: [Route] {
        [
            Route(.post, "/containers/{id}/exec", create),
            Route(.post, "/exec/{id}/start", start),
            Route(.post, "/exec/{id}/resize", resize),
            Route(.get, "/exec/{id}/json", inspect),
        ]
    }

    @Sendable private func create(_ call: Call) async throws -> Reply {
        let request = try Execution.Request(try await call.json(ExecCreateRequest.self))
        let execution = try containers.prepare(request, in: call["id"])
        return try .json(ExecCreateResponse(id: execution.id), status: .created)
    }

    @Sendable private func inspect(_ call: Call) async throws -> Reply {
        try .json(ExecDetails(containers.execution(call["id"])))
    }

    @Sendable private func resize(_ call: Call) async throws -> Reply {
        let size = try TerminalSize(call.query)
        let execution = try containers.execution(call["id"])
        try await containers.resizeTerminal(
            of: execution, width: size.width, height: size.height)
        return .status(.ok)
    }

    @Sendable private func start(_ call: Call) async throws -> Reply {
        let asked = try await call.json(ExecStartRequest.self)
        let execution = try containers.execution(call["id"])
        guard execution.state == .created else {
            throw ContainerError.executionStarted(execution.id)
        }
        guard asked.detach != true else {
            let streams = try await containers.start(execution)
            containers.drain(streams)
            return .status(.ok)
        }
        let isTerminal = execution.request.isTerminal
        let size = isTerminal ? TerminalSize(asked.consoleSize) : nil
        let keys = try DetachKeys(
            execution.request.detachKeys.isEmpty ? nil : execution.request.detachKeys)
        return .session(type: call.streamType(isTerminal: isTerminal)) { input, output in
            let session = ExecSession(
                containers: containers, execution: execution, input: input, output: output,
                keys: isTerminal ? keys : nil)
            try await session.run(size)
        }
    }
}

/// One client at an execution, from its start to its end.
private struct ExecSession: Sendable {
    let containers: ContainerManager
    let execution: Execution
    let input: ClientInput
    let output: ClientOutput
    let keys: DetachKeys?

    private enum Side {
        case process, input, detached
    }

    func run(_ size: TerminalSize?) async throws {
        let streams: ExecutionStreams
        do {
            streams = try await containers.start(execution)
        } catch {
            // Docker's clients look for the reason here, and for the status in `inspect`.
            let frame = Frame(isFramed: keys == nil, stream: 2)
            return try await output.write(frame.bytes(Array("\(error)\r\n".utf8)))
        }
        if let size {
            try? await containers.resizeTerminal(
                of: execution, width: size.width, height: size.height)
        }
        do {
            try await carry(streams)
        } catch {
            containers.drain(streams)
            throw error
        }
    }

    private func carry(_ streams: ExecutionStreams) async throws {
        let isDetached = try await withThrowingTaskGroup(of: Side.self) { group in
            group.addTask {
                async let stdout: Void = hand(on: .stdout, of: streams)
                async let stderr: Void = hand(on: .stderr, of: streams)
                _ = try await (stdout, stderr)
                await streams.ended()
                return .process
            }
            if execution.request.attachesStdin {
                group.addTask { try await feed(streams) }
            }
            var last = Side.input
            while last == .input, let side = try await group.next() { last = side }
            group.cancelAll()
            return last == .detached
        }
        if isDetached { containers.drain(streams) }
    }

    private func hand(on stream: LogEntry.Stream, of streams: ExecutionStreams) async throws {
        let frame = Frame(isFramed: keys == nil, stream: stream == .stdout ? 1 : 2)
        while let bytes = try await streams.next(of: stream) {
            try await output.write(frame.bytes(bytes))
        }
    }

    private func feed(_ streams: ExecutionStreams) async throws -> Side {
        let typed = TypedInput(client: input, keys: keys)
        while let bytes = try await typed.next() {
            do { try await streams.write(bytes) } catch { return .input }
        }
        if typed.isDetached { return .detached }
        if !Task.isCancelled, keys == nil {
            try? await containers.closeInput(of: execution, streams)
        }
        return .input
    }
}

/// How bytes are sent: with eight before them that say of which stream they are, or bare.
struct Frame: Sendable {
    let isFramed: Bool
    let stream: UInt8

    func bytes(_ content: [UInt8]) -> ByteBuffer {
        var buffer = ByteBuffer()
        if isFramed {
            buffer.writeInteger(stream)
            buffer.writeRepeatingByte(0, count: 3)
            buffer.writeInteger(UInt32(content.count))
        }
        buffer.writeBytes(content)
        return buffer
    }
}

/// A terminal's size, in characters.
struct TerminalSize: Sendable {
    let width: Int
    let height: Int

    init(_ query: Query) throws {
        guard let width = try query.integer("w"), let height = try query.integer("h"),
            width > 0, height > 0
        else { throw Refusal.invalid("give the terminal's size as h and w, in characters") }
        self.width = width
        self.height = height
    }

    /// Lines, then columns; nil where nothing is said.
    init?(_ pair: [Int]?) {
        guard let pair, pair.count == 2, pair[0] > 0, pair[1] > 0 else { return nil }
        height = pair[0]
        width = pair[1]
    }
}

extension Execution.Request {
    fileprivate init(_ asked: ExecCreateRequest) throws {
        self.init(arguments: asked.cmd ?? [])
        isPrivileged = asked.privileged == true
        environment = asked.env ?? []
        user = asked.user.flatMap { $0.isEmpty ? nil : $0 }
        workingDirectory = asked.workingDir.flatMap { $0.isEmpty ? nil : $0 }
        isTerminal = asked.tty ?? false
        attachesStdin = asked.attachStdin ?? false
        attachesStdout = asked.attachStdout ?? false
        attachesStderr = asked.attachStderr ?? false
        detachKeys = asked.detachKeys ?? ""
        _ = try DetachKeys(detachKeys.isEmpty ? nil : detachKeys)
    }
}

extension ExecDetails {
    fileprivate init(_ execution: Execution) {
        var pid = 0
        var exitCode: Int?
        switch execution.state {
        case .created: break
        case .running(let number): pid = Int(number)
        case .ended(let status): exitCode = Int(status)
        }
        let request = execution.request
        self.init(
            id: execution.id, containerID: execution.container.description,
            isRunning: execution.isRunning, exitCode: exitCode, pid: pid,
            openStdin: request.attachesStdin, openStdout: request.attachesStdout,
            openStderr: request.attachesStderr, detachKeys: request.detachKeys,
            process: Process(
                entrypoint: request.arguments.first ?? "",
                arguments: Array(request.arguments.dropFirst()), tty: request.isTerminal,
                user: request.user ?? "", privileged: request.isPrivileged))
    }
}
