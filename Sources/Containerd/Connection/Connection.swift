import Containers
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import NIOCore
import NIOPosix
import Pings
import Synchronization

/// One connection to containerd at a time: opened when a call needs it, anew after it broke.
final class Connection: Sendable {
    private struct Line: Sendable {
        let client: GRPCClient<Call.Transport>
        let channel: any Channel

        var isUp: Bool { channel.isActive }
    }

    private enum State {
        case closed
        /// Somebody is opening it; these wait for the outcome.
        case opening([CheckedContinuation<Line, any Error>])
        case open(Line)
    }

    private enum Step {
        case use(Line), wait, open
    }

    static let namespace = "pouch"
    private static let longestPath = 107

    let socket: String
    /// The containerd to start if none answers; nil when that is somebody else's business.
    private let own: OwnContainerd?
    let background: Background
    private let state = Mutex(State.closed)
    private let opened = Atomic(0)

    init(to socket: String, starting own: OwnContainerd?, background: Background) {
        self.socket = socket
        self.own = own
        self.background = background
    }

    /// How many connections there have been.
    var timesOpened: Int { opened.load(ordering: .relaxed) }

    // MARK: - Calls

    /// Calls containerd. Throws `RPCError` as containerd answers, `ContainerError` without answer.
    ///
    /// - Parameters:
    ///   - limit: How long it may take; nil for a call that waits for something to happen.
    ///   - lease: What the call makes is kept at least as long as this lease.
    ///   - repeatable: Whether a second call does no harm when the line breaks during the first.
    func call<Answer: Sendable>(
        within limit: Duration? = .seconds(60), lease: String? = nil, repeatable: Bool = true,
        _ body: (Call) async throws -> Answer
    ) async throws -> Answer {
        var options = CallOptions.defaults
        options.timeout = limit
        var metadata: Metadata = ["containerd-namespace": "\(Self.namespace)"]
        if let lease { metadata.addString(lease, forKey: "containerd-lease") }
        var attempts = 0
        while true {
            let line = try await line()
            do {
                return try await body(
                    Call(client: line.client, metadata: metadata, options: options))
            } catch let error as RPCError {
                try Task.checkCancellation()
                guard error.code == .unavailable, !line.isUp else { throw error }
                attempts += 1
                guard repeatable, attempts < 4 else {
                    throw ContainerError.runtimeUnavailable("containerd went away: \(error)")
                }
            }
        }
    }

    /// Whether containerd answers now; starts nothing.
    func answers() async -> Bool {
        if case .use = step(reserving: false) { return true }
        guard let line = try? await dial() else { return false }
        adopt(line)
        return true
    }

    // MARK: - The line

    private func line() async throws -> Line {
        while true {
            switch step(reserving: true) {
            case .use(let line): return line
            case .open: return try await openForAll()
            case .wait:
                do {
                    return try await waitForLine()
                } catch is CancellationError {
                    // Whoever was opening it gave up; that says nothing about this caller.
                    try Task.checkCancellation()
                }
            }
        }
    }

    private func step(reserving: Bool) -> Step {
        state.withLock { state in
            switch state {
            case .open(let line) where line.isUp: return .use(line)
            case .opening: return .wait
            case .open, .closed:
                if reserving { state = .opening([]) }
                return .open
            }
        }
    }

    private func waitForLine() async throws -> Line {
        try await withCheckedThrowingContinuation { continuation in
            let line: Result<Line, any Error>? = state.withLock { state in
                switch state {
                case .open(let line): return .success(line)
                case .closed: return .failure(CancellationError())
                case .opening(let others):
                    state = .opening(others + [continuation])
                    return nil
                }
            }
            if let line { continuation.resume(with: line) }
        }
    }

    private func openForAll() async throws -> Line {
        do {
            let line = try await open()
            settle(.success(line))
            return line
        } catch {
            settle(.failure(error))
            throw error
        }
    }

    private func settle(_ outcome: Result<Line, any Error>) {
        let waiting = state.withLock { state -> [CheckedContinuation<Line, any Error>] in
            guard case .opening(let waiting) = state else { return [] }
            state = (try? outcome.get()).map(State.open) ?? .closed
            return waiting
        }
        for one in waiting { one.resume(with: outcome) }
    }

    /// Keeps a line that was opened without turn, unless there is one.
    private func adopt(_ line: Line) {
        let isKept = state.withLock { state in
            switch state {
            case .open(let present) where present.isUp: return false
            case .opening: return false
            case .open, .closed:
                state = .open(line)
                return true
            }
        }
        if !isKept { line.client.beginGracefulShutdown() }
    }

    private func open() async throws -> Line {
        guard socket.utf8.count <= Self.longestPath else {
            throw ContainerError.runtimeUnavailable(
                "containerd's socket \(socket) is longer than the \(Self.longestPath) bytes that "
                    + "Linux allows: choose a shorter \(own == nil ? "path" : "--state-dir")")
        }
        do {
            return try await dial()
        } catch let error as IOError {
            guard let own else {
                throw ContainerError.runtimeUnavailable(
                    "containerd does not answer at \(socket) (\(error)): start it")
            }
            return try await own.start { try? await self.dial() }
        }
    }

    /// Opens a line, which from then on belongs to the background.
    private func dial() async throws -> Line {
        try await withCheckedThrowingContinuation { continuation in
            background.add {
                do {
                    let line = try await self.connect()
                    self.opened.add(1, ordering: .relaxed)
                    continuation.resume(returning: line)
                    // A line that is never run must not be let go of: NIO takes that for a mistake.
                    try? await line.client.runConnections()
                } catch {
                    continuation.resume(throwing: error)
                }
            } orAbandon: {
                continuation.resume(
                    throwing: ContainerError.runtimeUnavailable("pouchd has let go of containerd"))
            }
        }
    }

    private func connect() async throws -> Line {
        let configuration = Call.Transport.Config.defaults { configuration in
            configuration.http2.authority = "localhost"
            // Without it every call waits 0.1 ms for others to share a write with.
            configuration.connection = .init(maxIdleTime: .seconds(30 * 60), keepalive: nil)
        }
        let socket = socket
        let connected = Mutex<(any Channel)?>(nil)
        let transport = try await Call.Transport.wrapping(config: configuration) { configure in
            let configured = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connect(unixDomainSocketPath: socket) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(
                            PingAbsorber(isServer: false))
                    }.flatMap { configure(channel) }
                }
            connected.withLock { $0 = configured.channel }
            return configured
        }
        guard let channel = connected.withLock({ $0 }) else {
            throw ContainerError.runtimeUnavailable("no connection to \(socket)")
        }
        return Line(client: GRPCClient(transport: transport), channel: channel)
    }
}
