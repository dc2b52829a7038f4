/// One call on its way through the thread pool, whatever it returns.
///
/// The pool sees to it that exactly one of `answer` and `giveUp` is called, which makes it safe to
/// share.
class PendingCall: @unchecked Sendable {
    let pulse: Pulse

    init(_ pulse: Pulse) {
        self.pulse = pulse
    }

    /// Does the work, on a thread that may block.
    func perform() {}
    /// Hands what `perform` found to who waits.
    func answer() {}
    /// Tells who waits that it took too long.
    func giveUp() { pulse.giveUp() }
}

final class BlockingCall<Result: Sendable>: PendingCall, @unchecked Sendable {
    private let continuation: UnsafeContinuation<Result, any Error>
    private var body: (@Sendable (Pulse) throws -> Result)?
    private var result: Swift.Result<Result, any Error>?

    init(
        _ pulse: Pulse, _ body: @escaping @Sendable (Pulse) throws -> Result,
        _ continuation: UnsafeContinuation<Result, any Error>
    ) {
        self.body = body
        self.continuation = continuation
        super.init(pulse)
    }

    override func perform() {
        guard let body else { return }
        // What the body holds, such as open files, goes before the answer comes.
        self.body = nil
        result = Swift.Result { try body(pulse) }
    }

    override func answer() {
        guard let result else { return }
        continuation.resume(with: result)
    }

    override func giveUp() {
        super.giveUp()
        continuation.resume(throwing: pulse.timedOut)
    }
}
