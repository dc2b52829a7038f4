import Synchronization

/// The executions of all containers, while they are worth asking about.
final class Executions: Sendable {
    /// How many that have ended are kept of a container.
    private static let mostEnded = 128

    private struct State {
        var all: [String: Execution] = [:]
        /// Ids of those that have ended, the oldest first, by container.
        var ended: [ContainerID: [String]] = [:]
    }

    private let state = Mutex(State())
    /// Who waits for an execution's end.
    let ends = Waiters<String, Int32>()

    subscript(id: String) -> Execution? { state.withLock { $0.all[id] } }

    /// By id or its unambiguous beginning.
    func find(_ reference: String) throws(ContainerError) -> Execution {
        let found = state.withLock { state in
            state.all[reference].map { [$0] }
                ?? state.all.values.filter { !reference.isEmpty && $0.id.hasPrefix(reference) }
        }
        guard found.count == 1 else { throw .noSuchExecution(reference) }
        return found[0]
    }

    func put(_ execution: Execution) {
        state.withLock { $0.all[execution.id] = execution }
    }

    func ids(of container: ContainerID) -> [String] {
        state.withLock { state in
            state.all.values.filter { $0.container == container }.map(\.id).sorted()
        }
    }

    /// Takes it for starting; answers false if somebody has.
    func claim(_ id: String) -> Bool {
        state.withLock { state in
            guard state.all[id]?.state == .created else { return false }
            state.all[id]?.state = .running(pid: 0)
            return true
        }
    }

    func note(_ execution: Execution, pid: Int32) {
        state.withLock { $0.all[execution.id]?.state = .running(pid: pid) }
    }

    func end(_ execution: Execution, status: Int32) {
        state.withLock { state in
            guard state.all[execution.id] != nil else { return }
            state.all[execution.id]?.state = .ended(status: status)
            var ended = state.ended[execution.container, default: []]
            ended.append(execution.id)
            if ended.count > Self.mostEnded { state.all[ended.removeFirst()] = nil }
            state.ended[execution.container] = ended
        }
        ends.tell(execution.id, status)
    }

    /// Forgets those of a container that is gone.
    func forget(_ container: ContainerID) {
        state.withLock { state in
            state.all = state.all.filter { $0.value.container != container }
            state.ended[container] = nil
        }
    }
}
