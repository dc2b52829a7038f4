/// Wakes a loop when there is something for it to do, so that it need not look again and again.
///
/// What rings while nobody waits is heard by the next wait.
public struct Bell: Sendable {
    /// One value for each ring, or for several that nobody had heard; one task listens at a time.
    public let rings: AsyncStream<Void>
    private let source: AsyncStream<Void>.Continuation

    public init() {
        (rings, source) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    public func ring() { source.yield() }

    /// Returns at the next ring, or when the task is cancelled.
    public func wait() async {
        for await _ in rings { return }
    }
}
