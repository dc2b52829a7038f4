/// Calls that may block, on threads of their own: a hang never holds up anything else.
///
/// Swift's own threads are as many as there are cores, so that two hung calls on them would stop a
/// whole daemon. Cancelling the caller's task does not interrupt what runs here: a client that
/// hangs up must not leave a volume half made.
public enum Blocking {
    private static let threads = ThreadPool()

    /// Runs `body`; throws ``TimedOut`` if it does not return within `seconds`.
    ///
    /// Then nobody waits for it any more, but it may still act when what it hangs on comes back.
    public static func run<Result: Sendable>(
        _ action: String, seconds: Int, _ body: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try await run(action, stalledFor: seconds) { _ in try body() }
    }

    /// Runs `body`, which may take long as long as it shows a pulse; throws ``TimedOut`` if it
    /// neither returns nor beats for `seconds`.
    public static func run<Result: Sendable>(
        _ action: String, stalledFor seconds: Int,
        _ body: @escaping @Sendable (Pulse) throws -> Result
    ) async throws -> Result {
        let pulse = Pulse(TimedOut(action, seconds: seconds))
        return try await withUnsafeThrowingContinuation { continuation in
            threads.start(BlockingCall(pulse, body, continuation))
        }
    }
}
