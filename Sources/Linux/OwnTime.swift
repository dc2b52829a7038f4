import Glibc

/// How long this process has run on processors.
public enum OwnTime {
    /// Of all its threads, in the kernel too; a thread that waits uses none.
    public static var used: Duration {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
