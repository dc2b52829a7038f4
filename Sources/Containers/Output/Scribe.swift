import Linux
import Logging
import Synchronization
import Volumes

/// Has what containers write kept in their logs, by a process that outlives this one.
///
/// The process is started when it is first needed. If it dies it is started again and takes up
/// what it kept: the runtime holds the FIFOs open meanwhile.
final class Scribe: Sendable {
    /// Where a container writes to, and where that is kept.
    struct Output: Hashable, Sendable {
        let stdout: String
        /// Nil for a terminal.
        let stderr: String?
        let log: String
        /// How many bytes of it are kept, the youngest; nil for all.
        var limit: Int64?
    }

    private struct Kept {
        let output: Output
        /// Whether the container's side is open. If so, a FIFO that nobody writes to is at its end;
        /// if not, its writer is yet to come.
        var isOpen: Bool
    }

    private struct State {
        var connection: MessageSocket?
        /// Counts connections, to tell the last words of an old one from a new one's.
        var number = 0
        var kept: [ContainerID: Kept] = [:]
        /// How far those have come who read logs with a limit.
        var readers: [ContainerID: [UInt64: Int]] = [:]
    }

    private static let patience = Duration.seconds(10)

    private let places: Places
    private let logger: Logger
    private let state = Mutex(State())
    /// Nil says that it is kept, else why not.
    private let replies = Waiters<ContainerID, String?>()
    private let ends = Waiters<ContainerID, Void>()
    private let changes = Waiters<ContainerID, Void>()
    private let bell = Bell()

    init(places: Places, logger: Logger) {
        self.places = places
        self.logger = logger
    }

    deinit {
        state.withLock { $0.connection }?.hangUp()
    }

    /// Starts the process again whenever it died while it kept something.
    func run() async {
        for await _ in bell.rings where state.withLock({ $0.connection == nil && !$0.kept.isEmpty })
        {
            do {
                for (id, kept) in state.withLock({ $0.kept }) { try ask(toKeep: kept, of: id) }
                for id in changes.keys { wake(id) }
            } catch {
                logger.error("no scribe", metadata: ["reason": "\(error)"])
                try? await Task.sleep(for: .milliseconds(500))
                bell.ring()
            }
        }
    }

    // MARK: What is kept

    /// Returns when everything that the container writes from now on will be kept. Nothing happens
    /// if it is already. `isOpen` says that the container has its side open.
    func keep(_ output: Output, of id: ContainerID, isOpen: Bool = false) async throws {
        let reply = replies.expect(id)
        let kept = Kept(output: output, isOpen: isOpen)
        state.withLock { $0.kept[id] = kept }
        do {
            try ask(toKeep: kept, of: id)
            guard let answer = await reply.first(within: Self.patience) else {
                throw ContainerError.runtime(
                    action: "keep the output of \(id.short)",
                    reason: "\(places.scribe) does not answer; see \(places.state)/scribe.log")
            }
            if let answer {
                throw ContainerError.runtime(
                    action: "keep the output of \(id.short)", reason: answer)
            }
        } catch {
            // It may have been asked all the same, and would wait for ever.
            let connection = state.withLock { state in
                state.kept[id] = nil
                return state.connection
            }
            try? connection?.send(Self.message(["finish", id.description]))
            throw error
        }
        wake(id)
    }

    /// The container has its side open from now on.
    func noteOpen(_ id: ContainerID) {
        state.withLock { $0.kept[id]?.isOpen = true }
    }

    /// Returns when the container's log has all that it wrote; it has ended.
    ///
    /// Its output ends with it, unless someone else holds that open: they are not waited for
    /// longer than `limit`.
    func finish(_ id: ContainerID, within limit: Duration = .seconds(3)) async {
        let end = ends.expect(id)
        guard state.withLock({ $0.kept[id] != nil }) else { return }
        if limit > .zero, await end.first(within: limit) != nil { return }
        let forced = ends.expect(id)
        try? send(["finish", id.description])
        if await forced.first(within: .seconds(3)) == nil { forget(id) }
    }

    /// Lets go of what a daemon before us had kept for a start that it never finished. Starts
    /// nothing; called once all that runs is kept.
    func letGoOfStrangers() {
        guard let connection = try? connection(starting: false) else { return }
        try? connection.send(Self.message(["list"]))
    }

    private func forget(_ id: ContainerID) {
        state.withLock { $0.kept[id] = nil }
        ends.tell(id, ())
        wake(id)
    }

    // MARK: For those who read the log

    /// Ends its wait when there may be news of the container, from this call on.
    func change(of id: ContainerID) -> AsyncStream<Void> { changes.expect(id) }

    /// There is news of the container.
    func wake(_ id: ContainerID) { changes.tell(id, ()) }

    /// Asks for a change once the log is longer than `offset`.
    func watch(_ id: ContainerID, past offset: Int) {
        let connection = state.withLock { $0.kept[id] == nil ? nil : $0.connection }
        try? connection?.send(Self.message(["watch", id.description, "\(offset)"]))
    }

    /// Has what is in the log from `offset` on stay there for a reader; nil when it reads no more.
    func hold(_ id: ContainerID, for reader: UInt64, from offset: Int?) {
        let (connection, first) = state.withLock { state in
            state.readers[id, default: [:]][reader] = offset
            let first = state.readers[id]?.values.min()
            if first == nil { state.readers[id] = nil }
            return (state.connection, first)
        }
        try? connection?.send(Self.message(["hold", id.description, first.map(String.init) ?? ""]))
    }

    // MARK: The process

    private func ask(toKeep kept: Kept, of id: ContainerID) throws {
        let output = kept.output
        if let first = state.withLock({ $0.readers[id]?.values.min() }) {
            try send(["hold", id.description, "\(first)"])
        }
        let words = [
            "keep", id.description, output.stdout, output.stderr ?? "", output.log,
            kept.isOpen ? "open" : "new",
        ]
        // A scribe from before there were limits understands what it did.
        try send(words + (output.limit.map { ["\($0)"] } ?? []))
    }

    private func send(_ words: [String]) throws {
        try connection().send(Self.message(words))
    }

    private static func message(_ words: [String]) -> [UInt8] {
        Array(words.joined(separator: "\0").utf8)
    }

    private func connection(starting: Bool = true) throws -> MessageSocket {
        try state.withLock { state in
            if let connection = state.connection { return connection }
            let connection = try connect(starting: starting)
            state.number += 1
            let number = state.number
            try connection.receive { [weak self] message in
                if let message { self?.hear(message) } else { self?.lose(number) }
            }
            state.connection = connection
            return connection
        }
    }

    private func connect(starting: Bool) throws -> MessageSocket {
        let socket = places.state + "/scribe.sock"
        do {
            return try MessageSocket(connectingTo: socket)
        } catch {
            guard error.isNobodyThere, starting else { throw error }
            let listener = try MessageSocket.listener(at: socket)
            do {
                _ = try DetachedProcess(
                    places.scribe, arguments: [places.state + "/scribe.pid", socket],
                    environment: [:], input: listener.descriptor,
                    output: places.state + "/scribe.log")
            } catch {
                throw ContainerError.runtime(
                    action: "start \(places.scribe)",
                    reason: "\(error); it belongs beside pouchd, install it there")
            }
            return try MessageSocket(connectingTo: socket)
        }
    }

    private func lose(_ number: Int) {
        let isCurrent = state.withLock { state in
            guard state.number == number else { return false }
            state.connection = nil
            return true
        }
        if isCurrent { bell.ring() }
    }

    private func hear(_ message: [UInt8]) {
        let words = message.split(separator: 0, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard words.count > 1, let id = ContainerID(words[1]) else { return }
        switch words[0] {
        case "kept": replies.tell(id, nil)
        case "failed":
            replies.tell(id, words.count > 2 ? words[2] : "refused")
            forget(id)
        case "done": forget(id)
        case "has":
            guard state.withLock({ $0.kept[id] == nil }) else { break }
            try? send(["finish", id.description])
        case "grew": wake(id)
        default: break
        }
    }
}

extension SystemError {
    /// Of a socket: nobody listens there.
    fileprivate var isNobodyThere: Bool {
        // ENOENT and ECONNREFUSED.
        errno == 2 || errno == 111
    }
}
