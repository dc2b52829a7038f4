public import Volumes

/// A ``FakeDriver`` that can also be filled from an image and says how it is.
public struct FakeFillableDriver: Populating, Reporting {
    public let fake: FakeDriver

    public init(_ fake: FakeDriver = FakeDriver()) {
        self.fake = fake
    }

    public var name: String { fake.name }
    public var scope: Scope { fake.scope }
    public var options: [DriverOption] { fake.options }
    public var needsIntent: Bool { fake.needsIntent }

    public func path(of volume: Volume) -> String { fake.path(of: volume) }

    public func claim(for volume: Volume) async throws -> String? {
        try await fake.claim(for: volume)
    }

    public func create(_ volume: Volume) async throws -> [String: String] {
        try await fake.create(volume)
    }

    public func remove(_ volume: Volume) async throws { try await fake.remove(volume) }

    public func sweep(_ volumes: [Volume]) async -> Set<String> { await fake.sweep(volumes) }

    public func attach(_ volume: Volume, for reference: Reference) async throws -> Attachment {
        try await fake.attach(volume, for: reference)
    }

    public func detach(
        _ volume: Volume, from reference: Reference, isLast: Bool
    ) async throws {
        try await fake.detach(volume, from: reference, isLast: isLast)
    }

    public func recover(_ volumes: [Volume], attached: Set<String>) async throws -> [String] {
        try await fake.recover(volumes, attached: attached)
    }

    public func status(of volume: Volume, walking: Bool) async throws -> [String: String] {
        try await fake.enter(.status, volume) { _ in }
        return fake.storage.filled.contains(volume.id) ? ["Fake": "filled"] : [:]
    }

    public func isEmpty(_ volume: Volume) async throws -> Bool {
        try await fake.enter(.isEmpty, volume) { _ in }
        return !fake.storage.filled.contains(volume.id)
    }

    public func empty(_ volume: Volume) async throws {
        try await fake.enter(.empty, volume) { $0.filled.remove(volume.id) }
    }

    public func settle(_ volume: Volume) async throws -> [String: String] {
        try await fake.enter(.settle, volume) { _ in }
        return volume.handle.merging(["filled": "once"]) { $1 }
    }
}
