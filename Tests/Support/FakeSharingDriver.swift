import Synchronization
public import Volumes

/// A ``FakeDriver`` in whose storage other hosts make volumes too.
public final class FakeSharingDriver: FakeBacked, Sharing {
    public let fake: FakeDriver
    private let state = Mutex((volumes: [Volume](), isThere: true))

    public init(_ name: String = "pool") {
        fake = FakeDriver(
            name, options: [DriverOption("size", ""), DriverOption("fs", "")], needsIntent: true,
            claims: { "image \($0.name)" })
    }

    /// What other hosts made.
    public var volumes: [Volume] {
        get { state.withLock { $0.volumes } }
        set { state.withLock { $0.volumes = newValue } }
    }

    public var isThere: Bool {
        get { state.withLock { $0.isThere } }
        set { state.withLock { $0.isThere = newValue } }
    }

    public func shared() async -> (volumes: [Volume], warnings: [String]) {
        isThere ? (volumes, []) : ([], ["the pool is away"])
    }

    public func shared(_ name: VolumeName) async throws -> Volume? {
        guard isThere else { throw TestFailure("the pool is away") }
        return volumes.first { $0.name == name }
    }

    public func shared(insteadOf volume: Volume) async throws -> Volume? {
        try await shared(volume.name)
    }
}
