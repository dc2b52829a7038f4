import CLinux
import Glibc
import Synchronization

/// Tells when descriptors have something to read: one thread waits for all of them.
final class Readiness: Sendable {
    static let shared = Readiness()

    private struct State {
        var poll: Int32?
        var waiting: [Int32: CheckedContinuation<Void, any Error>] = [:]
    }

    private let state = Mutex(State())

    /// Returns when `descriptor` can be read, or is at its end; one waits for each at a time.
    func wait(for descriptor: Int32) async throws {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                do {
                    try add(descriptor, continuation)
                    if Task.isCancelled { cancel(descriptor) }
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        } onCancel: {
            cancel(descriptor)
        }
    }

    private func add(
        _ descriptor: Int32, _ continuation: CheckedContinuation<Void, any Error>
    ) throws(SystemError) {
        try state.withLock { state throws(SystemError) in
            let poll = if let poll = state.poll { poll } else { try begin() }
            state.poll = poll
            let result = clinux_poll_add(poll, descriptor, UInt32(CLINUX_POLL_IN))
            guard result >= 0 else { throw SystemError("epoll_ctl", errno: -result) }
            state.waiting[descriptor] = continuation
        }
    }

    private func cancel(_ descriptor: Int32) {
        take(descriptor)?.resume(throwing: CancellationError())
    }

    private func take(_ descriptor: Int32) -> CheckedContinuation<Void, any Error>? {
        state.withLock { state in
            guard let poll = state.poll, let waiting = state.waiting[descriptor] else { return nil }
            state.waiting[descriptor] = nil
            _ = clinux_poll_remove(poll, descriptor)
            return waiting
        }
    }

    private func begin() throws(SystemError) -> Int32 {
        let poll = clinux_poll_make()
        guard poll >= 0 else { throw SystemError("epoll_create", errno: -poll) }
        do {
            try Thread.start { self.watch(poll) }
        } catch {
            close(poll)
            throw error
        }
        return poll
    }

    private func watch(_ poll: Int32) -> Never {
        var events = [clinux_poll_event](repeating: clinux_poll_event(), count: 64)
        while true {
            let count = clinux_poll_wait(poll, &events, 64)
            guard count > 0 else { continue }
            for event in events.prefix(Int(count)) { take(event.descriptor)?.resume() }
        }
    }
}
