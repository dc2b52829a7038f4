import Synchronization
public import Volumes

/// A ``FakeDriver`` whose storage is the truth about its volumes, and that comes and goes.
public final class FakeSurveyingDriver: Surveying, DriverSource {
    public let fake: FakeDriver
    private let state = Mutex((volumes: Set<String>(), isThere: true))

    public init(_ name: String = "away") {
        fake = FakeDriver(name, options: [], needsIntent: true)
    }

    public var volumes: Set<String> {
        get { state.withLock { $0.volumes } }
        set { state.withLock { $0.volumes = newValue } }
    }

    public var isThere: Bool {
        get { state.withLock { $0.isThere } }
        set { state.withLock { $0.isThere = newValue } }
    }

    private func reach() throws {
        guard isThere else { throw TestFailure("driver \(name) is away") }
    }

    // MARK: - Driver

    public var name: String { fake.name }
    public var scope: Scope { .global }
    public var options: [DriverOption] { [] }
    public var takesAnyOption: Bool { true }
    public var needsIntent: Bool { true }

    public func path(of volume: Volume) -> String { fake.path(of: volume) }
    public func claim(for volume: Volume) async throws -> String? { nil }

    public func create(_ volume: Volume) async throws -> [String: String] {
        try reach()
        let handle = try await fake.create(volume)
        state.withLock { _ = $0.volumes.insert(volume.name.description) }
        return handle
    }

    public func remove(_ volume: Volume) async throws {
        try reach()
        try await fake.remove(volume)
        state.withLock { _ = $0.volumes.remove(volume.name.description) }
    }

    public func sweep(_ volumes: [Volume]) async -> Set<String> { Set(volumes.map(\.id)) }

    public func attach(_ volume: Volume, for reference: Reference) async throws -> Attachment {
        try reach()
        return try await fake.attach(volume, for: reference)
    }

    public func detach(
        _ volume: Volume, from reference: Reference, isLast: Bool
    ) async throws {
        try reach()
        try await fake.detach(volume, from: reference, isLast: isLast)
    }

    public func recover(_ volumes: [Volume], attached: Set<String>) async throws -> [String] { [] }

    public func survey() async throws -> [FoundVolume]? {
        try reach()
        return volumes.sorted().map { FoundVolume(name: $0) }
    }

    public func find(_ name: VolumeName, patiently: Bool) async throws -> Sighting {
        try reach()
        return volumes.contains(name.description)
            ? .found(FoundVolume(name: name.description)) : .absent(reason: nil)
    }

    // MARK: - DriverSource

    public var drivers: [any Surveying] { isThere ? [self] : [] }

    public func driver(named name: String) -> (any Surveying)? { name == self.name ? self : nil }

    public func expect(_ name: String) {}
    public func lookFor(_ name: String) async {}

    public var reports: [PluginReport] {
        [
            PluginReport(
                name: name, file: "", address: "", health: isThere ? .healthy : .missing,
                scope: scope)
        ]
    }
}
