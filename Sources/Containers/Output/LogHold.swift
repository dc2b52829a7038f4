import Synchronization

/// One who reads a log that has a limit: what it has not read yet stays, as long as it is there.
final class LogHold: Sendable {
    private static let last = Atomic<UInt64>(0)

    private let scribe: Scribe
    private let container: ContainerID
    private let reader = last.wrappingAdd(1, ordering: .relaxed).newValue

    init(_ container: ContainerID, by scribe: Scribe) {
        self.scribe = scribe
        self.container = container
    }

    deinit { scribe.hold(container, for: reader, from: nil) }

    func move(to offset: Int) { scribe.hold(container, for: reader, from: offset) }
}
