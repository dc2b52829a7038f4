import Glibc

/// A thread that may block, seen by what runs on it.
///
/// A task that waited for a call may go on where the call ended, and do there what also may block:
/// waking another thread and being woken by it costs more than most of what is left to do.
public final class BlockingThread {
    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key, nil)
        return key
    }()

    /// What one is running on; nil on a thread that has to go on with other things.
    public static var current: BlockingThread? {
        pthread_getspecific(key).map { Unmanaged.fromOpaque($0).takeUnretainedValue() }
    }

    private var next: (() -> Void)?
    private var isTaking = false

    init() {}

    /// Makes the calling thread this one, for `body`.
    func run(_ body: () -> Void) {
        pthread_setspecific(Self.key, Unmanaged.passUnretained(self).toOpaque())
        body()
        pthread_setspecific(Self.key, nil)
    }

    /// Answers a call, and runs what has then asked to go on here.
    func answer(_ call: PendingCall) {
        isTaking = true
        call.answer()
        isTaking = false
        guard let body = next else { return }
        next = nil
        body()
    }

    /// Runs `body` on this thread once the call has been answered; false when there is no such call
    /// or another goes on already, and `body` is still the caller's to run.
    public func goOn(with body: @escaping () -> Void) -> Bool {
        guard isTaking, next == nil else { return false }
        next = body
        return true
    }
}
