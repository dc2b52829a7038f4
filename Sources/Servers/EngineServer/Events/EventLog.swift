public import Containers
import FoundationEssentials
import PouchAPI
import Synchronization
public import Volumes

/// What happened of late, and those who want to hear of what will.
public final class EventLog: Sendable {
    /// How much of the past is kept; docker keeps a quarter of that.
    private static let length = 1024
    /// How far a listener may lag behind before it is left.
    private static let patience = 8192

    private struct State {
        var past: [EventMessage] = []
        var listeners: [UInt64: AsyncStream<EventMessage>.Continuation] = [:]
        var nextListener: UInt64 = 0
    }

    private let state = Mutex(State())

    public init() {}

    public func record(_ event: VolumeEvent) { record(EventMessage(event)) }

    public func record(_ event: ContainerEvent) { record(EventMessage(event)) }

    public func record(_ event: ImageEvent) { record(EventMessage(event)) }

    func record(_ message: EventMessage) {
        state.withLock { state in
            if state.past.count >= Self.length { state.past.removeFirst(Self.length / 4) }
            state.past.append(message)
            for (id, listener) in state.listeners {
                guard case .dropped = listener.yield(message) else { continue }
                // One that misses something must not go on as if it had not.
                listener.finish()
                state.listeners[id] = nil
            }
        }
    }

    /// Events as they happen, until somebody ends it.
    struct Following: Sendable {
        let messages: AsyncStream<EventMessage>
        let end: @Sendable () -> Void
    }

    /// What happened from `since` on (nil: from now on), and what will; nothing is missed between.
    func follow(since: Date?) -> Following {
        let (stream, continuation) = AsyncStream<EventMessage>.makeStream(
            bufferingPolicy: .bufferingOldest(Self.length + Self.patience))
        let id = state.withLock { state in
            if let since {
                for message in state.past where message.timeNano >= since.nanoseconds {
                    continuation.yield(message)
                }
            }
            state.nextListener += 1
            state.listeners[state.nextListener] = continuation
            return state.nextListener
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { $0.listeners[id] = nil }
        }
        return Following(messages: stream) { continuation.finish() }
    }

    /// What happened from `since` until `until`.
    func past(since: Date?, until: Date) -> [EventMessage] {
        guard let since else { return [] }
        return state.withLock { state in
            state.past.filter {
                $0.timeNano >= since.nanoseconds && $0.timeNano <= until.nanoseconds
            }
        }
    }
}

extension Date {
    /// Since 1970.
    var nanoseconds: Int64 { Int64((timeIntervalSince1970 * 1e9).rounded()) }
}
