import Synchronization
public import Volumes

/// A driver whose storage is a few sets in memory: it records calls, and fails or hangs on demand.
///
/// Copies share their state, as several uses of one storage would. ``FakeFillableDriver`` has the
/// optional abilities too.
public struct FakeDriver: Driver {
    /// The methods of a driver and of its abilities.
    public enum Method: String, Hashable, Sendable, CaseIterable {
        case claim, create, remove, sweep, attach, detach, recover
        case status, isEmpty, empty, settle, resize
    }

    public struct Call: Hashable, Sendable, CustomStringConvertible {
        public let method: Method
        /// The volume's name; empty for `recover`.
        public let volume: String

        public init(_ method: Method, _ volume: String = "") {
            self.method = method
            self.volume = volume
        }

        public var description: String { volume.isEmpty ? "\(method)" : "\(method) \(volume)" }
    }

    /// What the storage holds, all by volume id.
    public struct Storage: Hashable, Sendable {
        public var made: Set<String> = []
        public var setAside: Set<String> = []
        /// Who has it attached, as `owner at destination`.
        public var attached: [String: Set<String>] = [:]
        /// Volumes that are not empty.
        public var filled: Set<String> = []

        public var isEmpty: Bool { made.isEmpty && setAside.isEmpty && attached.isEmpty }
    }

    private struct State {
        var calls: [Call] = []
        var storage = Storage()
        var failures: [Method: [any Error]] = [:]
        var failing: [Method: any Error] = [:]
        var hanging: Set<Method> = []
        var hung: [Method: [CheckedContinuation<Void, Never>]] = [:]
    }

    private final class Shared: Sendable {
        let state = Mutex(State())
    }

    public let name: String
    public let scope: Scope
    public let options: [DriverOption]
    public let needsIntent: Bool
    private let claims: @Sendable (Volume) throws -> String?
    private let shared = Shared()

    public init(
        _ name: String = "fake", scope: Scope = .local,
        options: [DriverOption] = [DriverOption("size", "how much fits")],
        needsIntent: Bool = false,
        claims: @escaping @Sendable (Volume) throws -> String? = { _ in nil }
    ) {
        self.name = name
        self.scope = scope
        self.options = options
        self.needsIntent = needsIntent
        self.claims = claims
    }

    // MARK: - What a test says and asks

    public var calls: [Call] { shared.state.withLock { $0.calls } }
    public var storage: Storage { shared.state.withLock { $0.storage } }

    public func forgetCalls() { shared.state.withLock { $0.calls = [] } }

    /// Changes the storage behind the driver's back.
    public func change(_ body: @Sendable (inout Storage) -> Void) {
        shared.state.withLock { body(&$0.storage) }
    }

    /// Makes the next `times` calls of `method` throw before they do anything.
    public func fail(
        _ method: Method, with error: any Error = TestFailure("the driver was told to fail"),
        times: Int = 1
    ) {
        shared.state.withLock {
            $0.failures[method, default: []] += Array(repeating: error, count: times)
        }
    }

    /// Makes every call of `method` throw from now on; nil ends it.
    public func keepFailing(_ method: Method, with error: (any Error)?) {
        shared.state.withLock { $0.failing[method] = error }
    }

    /// Makes calls of `method` wait, before they do anything, until ``resume(_:)``.
    public func hang(_ method: Method) {
        _ = shared.state.withLock { $0.hanging.insert(method) }
    }

    public func resume(_ method: Method) {
        let waiting = shared.state.withLock { state in
            state.hanging.remove(method)
            return state.hung.removeValue(forKey: method) ?? []
        }
        for one in waiting { one.resume() }
    }

    /// How many calls of `method` hang now.
    public func hung(in method: Method) -> Int {
        shared.state.withLock { $0.hung[method]?.count ?? 0 }
    }

    // MARK: - Driver

    public func path(of volume: Volume) -> String { "/fake/\(name)/\(volume.name)" }

    public func claim(for volume: Volume) async throws -> String? {
        try await enter(.claim, volume) { _ in }
        return try claims(volume)
    }

    public func create(_ volume: Volume) async throws -> [String: String] {
        try await enter(.create, volume) { $0.made.insert(volume.id) }
        return ["fake": volume.id]
    }

    public func remove(_ volume: Volume) async throws {
        try await enter(.remove, volume) { storage in
            guard storage.made.remove(volume.id) != nil else { return }
            storage.filled.remove(volume.id)
            storage.attached[volume.id] = nil
            storage.setAside.insert(volume.id)
        }
    }

    public func sweep(_ volumes: [Volume]) async -> Set<String> {
        var gone: Set<String> = []
        for volume in volumes {
            do {
                try await enter(.sweep, volume) { $0.setAside.remove(volume.id) }
                gone.insert(volume.id)
            } catch {}
        }
        return gone
    }

    public func attach(_ volume: Volume, for reference: Reference) async throws -> Attachment {
        try await enter(.attach, volume) {
            $0.attached[volume.id, default: []].insert(Self.key(reference))
        }
        let handle = volume.handle.merging(["attached": "once"]) { $1 }
        return Attachment(mount: .bind(path(of: volume)), handle: handle)
    }

    public func detach(
        _ volume: Volume, from reference: Reference, isLast: Bool
    ) async throws {
        try await enter(.detach, volume) { storage in
            storage.attached[volume.id]?.remove(Self.key(reference))
            if isLast { storage.attached[volume.id] = nil }
        }
    }

    public func recover(_ volumes: [Volume], attached: Set<String>) async throws -> [String] {
        try await enter(.recover, nil) { storage in
            let known = Set(volumes.map(\.id))
            storage.made = known
            storage.setAside = []
            storage.attached = storage.attached.filter { attached.contains($0.key) }
        }
        return []
    }

    private static func key(_ reference: Reference) -> String {
        "\(reference.owner) at \(reference.destination)"
    }

    /// Records the call, waits or throws if told to, then acts.
    func enter(
        _ method: Method, _ volume: Volume?, _ act: @Sendable (inout Storage) -> Void
    ) async throws {
        let call = Call(method, volume?.name.description ?? "")
        shared.state.withLock { $0.calls.append(call) }
        await waitIfHanging(method)
        try shared.state.withLock { state in
            if let error = state.failing[method] { throw error }
            if let error = state.failures[method]?.first {
                state.failures[method]?.removeFirst()
                throw error
            }
            act(&state.storage)
        }
    }

    private func waitIfHanging(_ method: Method) async {
        await withCheckedContinuation { continuation in
            let goesOn = shared.state.withLock { state in
                guard state.hanging.contains(method) else { return true }
                state.hung[method, default: []].append(continuation)
                return false
            }
            if goesOn { continuation.resume() }
        }
    }
}
