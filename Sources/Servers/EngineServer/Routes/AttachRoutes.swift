import Containers
import HTTPTypes
import NIOCore

/// Sitting at a container: its stdin and its output over one connection.
struct AttachRoutes: Sendable {
    let containers: ContainerManager

    init(_ containers: ContainerManager) {
        self.containers = containers
    }

    var routes: [Route] { [Route(.post, "/containers/{id}/attach", attach)] }

    @Sendable private func attach(_ call: Call) async throws -> Reply {
        let container = try containers.container(call["id"])
        let isStreamed = call.query.flag("stream")
        let takesInput = isStreamed && call.query.flag("stdin") && container.request.opensStdin
        let isTerminal = container.request.isTerminal
        let keys = try DetachKeys(call.query["detachKeys"])
        let id = container.id.description
        let entries = try await entries(of: container, call, isStreamed: isStreamed)
        containers.noteAttached(container)
        return .session(type: call.streamType(isTerminal: isTerminal)) { input, output in
            let format = LogFormat(isFramed: !isTerminal, showsTimes: false)
            try await withThrowingTaskGroup(of: Side.self) { group in
                group.addTask {
                    if let entries { try await output.write(entries, format) }
                    return .output
                }
                if takesInput {
                    group.addTask {
                        let typed = TypedInput(client: input, keys: isTerminal ? keys : nil)
                        try await containers.feed(id, typed.next)
                        return typed.isDetached ? .detached : .input
                    }
                }
                // The input's end leaves the output to be watched.
                var last = Side.input
                while last == .input, let side = try await group.next() { last = side }
                if last == .detached { containers.noteDetached(container) }
                group.cancelAll()
            }
        }
    }

    /// Which side of a session has ended.
    private enum Side {
        case output, input, detached
    }

    /// Nil if the client wants to see nothing.
    private func entries(
        of container: Container, _ call: Call, isStreamed: Bool
    ) async throws -> LogEntries? {
        var request = LogRequest()
        request.stdout = call.query.flag("stdout")
        request.stderr = call.query.flag("stderr")
        let id = container.id.description
        guard isStreamed else {
            return call.query.flag("logs") ? try await containers.logs(id, request) : nil
        }
        return try await containers.output(
            of: id, stdout: request.stdout, stderr: request.stderr,
            history: call.query.flag("logs"))
    }
}

extension ClientOutput {
    /// Writes what a container wrote, as it comes.
    func write(_ entries: LogEntries, _ format: LogFormat) async throws {
        var format = format
        for try await batch in entries.batches { try await write(format.bytes(of: batch)) }
    }
}

extension Call {
    /// How a client tells frames from bare bytes.
    func streamType(isTerminal: Bool) -> String {
        let isNamedApart = !isTerminal && version >= APIVersion(1, 42)
        return "application/vnd.docker." + (isNamedApart ? "multiplexed-stream" : "raw-stream")
    }
}
