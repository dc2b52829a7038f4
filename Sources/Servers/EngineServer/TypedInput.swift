import NIOCore
import Synchronization

/// What a client types, up to the keys that detach it.
final class TypedInput: Sendable {
    private let client: ClientInput
    private let state: Mutex<(search: DetachSearch?, isDetached: Bool)>

    /// Without keys all is handed on.
    init(client: ClientInput, keys: DetachKeys?) {
        self.client = client
        state = Mutex((keys.map(DetachSearch.init), false))
    }

    var isDetached: Bool { state.withLock { $0.isDetached } }

    /// Nil at the end.
    func next() async throws -> [UInt8]? {
        while !isDetached, let bytes = try await client.next() {
            let passed = state.withLock { state in
                guard var search = state.search else { return Array(bytes.readableBytesView) }
                let (passed, isFound) = search.pass(bytes.readableBytesView)
                state.search = search
                state.isDetached = isFound
                return passed
            }
            if !passed.isEmpty { return passed }
        }
        return nil
    }
}
