import Synchronization
public import Volumes

/// A store in memory that fails when it is told to.
public final class MemoryStore: Store {
    private struct State {
        var volumes: [String: Volume] = [:]
        var references: [ReferenceKey: Reference] = [:]
        var commits: [[Change]] = []
        /// How many commits still succeed before `failures` of them don't.
        var successes = Int.max
        var failures = 0
    }

    private struct ReferenceKey: Hashable {
        let volume: String
        let owner: Owner
        let destination: String

        init(_ reference: Reference) {
            volume = reference.volume
            owner = reference.owner
            destination = reference.destination
        }
    }

    private let state: Mutex<State>

    public init(_ memory: Memory = Memory()) {
        var state = State()
        for volume in memory.volumes { Self.apply(.save(volume), to: &state) }
        for reference in memory.references { Self.apply(.refer(reference), to: &state) }
        self.state = Mutex(state)
    }

    /// Makes the `number`th commit from now fail (1 is the next one), and `count - 1` after it.
    ///
    /// With `count: .max` it fails from then on, as a disk that went away does.
    public func fail(atCommit number: Int, count: Int = 1) {
        state.withLock {
            $0.successes = number - 1
            $0.failures = count
        }
    }

    /// Everything that was committed, in order; what failed is not in it.
    public var commits: [[Change]] { state.withLock { $0.commits } }

    /// What is remembered, sorted by volume name and owner.
    public var memory: Memory {
        state.withLock { state in
            Memory(
                volumes: state.volumes.values.sorted { $0.name < $1.name },
                references: state.references.values.sorted {
                    ($0.owner.id, $0.destination) < ($1.owner.id, $1.destination)
                })
        }
    }

    public func load() async throws -> Memory { memory }

    public func commit(_ changes: [Change]) async throws {
        try state.withLock { state in
            try Self.succeedOrFail(&state)
            for change in changes { Self.apply(change, to: &state) }
            state.commits.append(changes)
        }
    }

    private static func succeedOrFail(_ state: inout State) throws {
        guard state.successes <= 0 else { return state.successes -= 1 }
        guard state.failures > 0 else { return }
        if state.failures != .max { state.failures -= 1 }
        throw TestFailure("the store was told to fail")
    }

    private static func apply(_ change: Change, to state: inout State) {
        switch change {
        case .save(let volume): state.volumes[volume.id] = volume
        case .forget(let id):
            state.volumes[id] = nil
            state.references = state.references.filter { $0.key.volume != id }
        case .refer(let reference): state.references[ReferenceKey(reference)] = reference
        case .release(let reference): state.references[ReferenceKey(reference)] = nil
        }
    }
}
