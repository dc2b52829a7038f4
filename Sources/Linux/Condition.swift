import Glibc

/// A pthread mutex; its holder may wait on a ``Condition``.
final class Lock: @unchecked Sendable {
    fileprivate let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

    init() {
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    func lock() { pthread_mutex_lock(mutex) }
    func unlock() { pthread_mutex_unlock(mutex) }
}

/// A pthread condition variable whose deadlines are ``MonotonicClock``'s.
final class Condition: @unchecked Sendable {
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init() {
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        condition.deallocate()
    }

    func signal() { pthread_cond_signal(condition) }

    /// Waits for `signal`, or until `deadline` if there is one.
    func wait(_ lock: Lock, until deadline: UInt64? = nil) {
        guard let deadline else {
            pthread_cond_wait(condition, lock.mutex)
            return
        }
        var time = timespec(
            tv_sec: Int(deadline / MonotonicClock.second),
            tv_nsec: Int(deadline % MonotonicClock.second))
        pthread_cond_timedwait(condition, lock.mutex, &time)
    }
}
