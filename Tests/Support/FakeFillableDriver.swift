public import Volumes

/// A ``FakeDriver`` that can also be filled from an image and says how it is.
public struct FakeFillableDriver: FakeBacked, Populating, Reporting {
    public let fake: FakeDriver

    public init(_ fake: FakeDriver = FakeDriver()) {
        self.fake = fake
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
