import CLinux
import Glibc

/// Which files can be read or written now.
final class EventLoop {
    struct Event {
        let descriptor: Int32
        let canWrite: Bool
    }

    private let poll: Int32
    private var events = [clinux_poll_event](repeating: clinux_poll_event(), count: 64)

    init() throws(Failure) {
        poll = clinux_poll_make()
        guard poll >= 0 else { throw Failure("epoll_create", errno: -poll) }
    }

    func add(_ descriptor: Int32) throws(Failure) {
        let result = clinux_poll_add(poll, descriptor, UInt32(CLINUX_POLL_IN))
        guard result == 0 else { throw Failure("epoll_ctl", errno: -result) }
    }

    func watch(_ descriptor: Int32, forWriting: Bool) {
        let reading = UInt32(CLINUX_POLL_IN)
        let both = reading | UInt32(CLINUX_POLL_OUT)
        _ = clinux_poll_change(poll, descriptor, forWriting ? both : reading)
    }

    func remove(_ descriptor: Int32) {
        _ = clinux_poll_remove(poll, descriptor)
    }

    /// Waits until there is something to do.
    func next() throws(Failure) -> [Event] {
        while true {
            let count = clinux_poll_wait(poll, &events, Int32(events.count))
            if count >= 0 {
                return events.prefix(Int(count)).map { event in
                    Event(
                        descriptor: event.descriptor,
                        canWrite: event.events & UInt32(CLINUX_POLL_OUT) != 0)
                }
            }
            guard count == -EINTR else { throw Failure("epoll_wait", errno: -count) }
        }
    }
}
