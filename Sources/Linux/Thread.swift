import Glibc

/// Starts threads of the system, which are nobody's to cancel and may block as they like.
enum Thread {
    private final class Body {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) {
            self.run = run
        }
    }

    /// Enough for libarchive; only what is touched takes memory.
    private static let stackSize = 1 << 20

    /// Runs `body` on a new thread that no signal is delivered to.
    @discardableResult
    static func start(_ body: @escaping @Sendable () -> Void) throws(SystemError) -> pthread_t {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, stackSize)
        let context = Unmanaged.passRetained(Body(body))
        var thread = pthread_t()
        let result = withoutSignals {
            pthread_create(
                &thread, &attributes,
                { context in
                    guard let context else { return nil }
                    // Our threads do what touches volumes, whose limits hold for us too.
                    try? Privilege.giveUpPassingQuota()
                    Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
                    return nil
                }, context.toOpaque())
        }
        guard result == 0 else {
            context.release()
            throw SystemError("pthread_create", errno: result)
        }
        return thread
    }

    /// Threads inherit what is blocked where they are made.
    private static func withoutSignals<Result>(_ body: () -> Result) -> Result {
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        return body()
    }
}
