import FoundationEssentials
import Synchronization
public import Volumes

/// A ``FakeDriver`` whose volumes have limits, which it remembers in their handles.
public struct FakeSizedDriver: Measuring, Sizing {
    private final class Filled: Sendable {
        let bytes = Mutex<[String: Int64]>([:])
    }

    public let fake: FakeDriver
    private let filled = Filled()

    public init(_ fake: FakeDriver = FakeDriver("local")) {
        self.fake = fake
    }

    /// Has a volume hold so many bytes.
    public func fill(_ volume: Volume, _ bytes: Int64) {
        filled.bytes.withLock { $0[volume.id] = bytes }
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
        var handle = try await fake.create(volume)
        handle["size"] = try volume.options?["size"].map { "\(try ByteCount($0).bytes)" }
        return handle
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

    public func usage(of volumes: [Volume], countedOnly: Bool) async -> [String: Usage] {
        let filled = filled.bytes.withLock { $0 }
        return Dictionary(
            uniqueKeysWithValues: volumes.map { volume in
                let limit = volume.handle["size"].flatMap { Int64($0) }
                return (
                    volume.id,
                    Usage(
                        used: filled[volume.id] ?? 0, limit: limit, method: .quota,
                        asOf: Date(timeIntervalSince1970: 1_764_000_000))
                )
            })
    }

    public func resize(
        _ volume: Volume, to limits: Limits, isAttached: Bool
    ) async throws -> [String: String] {
        try await fake.enter(.resize, volume) { _ in }
        return volume.handle.merging(limits.size.map { ["size": "\($0.bytes)"] } ?? [:]) { $1 }
    }

    public func sizeOption(of volume: Volume) -> String { "size" }
}
