import ArgumentParser
import Dispatch
import PouchAPI
import PouchClient

/// A container whose output is ours, and whose end is waited for.
struct Attached {
    let id: String
    let client: Client
    /// Whether the daemon removes it when it ends.
    let isRemoved: Bool
    var takesInput = false
    var isTerminal = false

    private let started = AsyncStream.makeStream(of: Void.self)

    /// What happens meanwhile.
    private enum Happening {
        case outputEnded
        /// Somebody has left the container alone.
        case detached
        case ended(Int32)
        case signal
    }

    /// Starts it, hands on what it writes, and returns the status with which it ended.
    ///
    /// Output and end are listened for before it starts, so that neither can be missed.
    func run() async throws -> Int32 {
        let (listening, arrival) = AsyncStream.makeStream(of: Void.self)
        let started = self.started.continuation
        return try await withThrowingTaskGroup(of: Happening.self) { group in
            group.addTask { try await takesInput ? sit(arrival) : hand(on: arrival) }
            group.addTask { try await end(arrival) }
            group.addTask { try await passOnSignals() }
            defer { group.cancelAll() }
            guard await listening.prefix(2).reduce(0, { count, _ in count + 1 }) == 2 else {
                _ = try await group.next()
                throw ClientError.failed("pouchd doesn't say what becomes of container \(id)")
            }
            try await client.startContainer(id)
            started.finish()
            var status: Int32?
            var hasOutput = true
            while status == nil || hasOutput, let happening = try await group.next() {
                switch happening {
                case .outputEnded: hasOutput = false
                case .detached: return 0
                case .ended(let code): status = code
                case .signal: break
                }
            }
            return status ?? 125
        }
    }

    private func hand(on arrival: AsyncStream<Void>.Continuation) async throws -> Happening {
        defer { arrival.finish() }
        var request = LogRequest()
        request.follow = true
        try await client.logs(of: id, request, listening: { arrival.yield() }) { stream, bytes in
            try Console.write(bytes, to: stream)
        }
        return .outputEnded
    }

    /// The same with what is typed, and with a terminal.
    private func sit(_ arrival: AsyncStream<Void>.Continuation) async throws -> Happening {
        defer { arrival.finish() }
        let sitting = Sitting(
            client: client, seat: .container(id, detachKeys: nil), takesInput: true,
            isTerminal: isTerminal)
        try await sitting.run {
            arrival.yield()
            for await _ in started.stream {}
        }
        let after = try? await client.container(id)
        return after?.state.isRunning == true ? .detached : .outputEnded
    }

    private func end(_ arrival: AsyncStream<Void>.Continuation) async throws -> Happening {
        defer { arrival.finish() }
        let end = try await client.waitForContainer(
            id, until: isRemoved ? .removed : .nextExit, listening: { arrival.yield() })
        if let failure = end.error { throw ClientError.failed(failure.message) }
        return .ended(Int32(end.statusCode))
    }

    /// Gives the container the signals that we get. Who asks for the third time to end is let go.
    private func passOnSignals() async throws -> Happening {
        var requests = 0
        let (signals, arrival) = AsyncStream.makeStream(of: CaughtSignal.self)
        let sources = CaughtSignal.sources(giving: arrival)
        defer { for source in sources { source.cancel() } }
        for await signal in signals {
            if signal.asksToEnd { requests += 1 }
            if requests == 3 { throw ExitCode(128 + signal.number) }
            try? await client.killContainer(id, signal: signal.name)
        }
        return .signal
    }
}
