public import Volumes

/// A driver that does what its ``FakeDriver`` does, but for what it says itself.
public protocol FakeBacked: Driver {
    var fake: FakeDriver { get }
}

extension FakeBacked {
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
}
