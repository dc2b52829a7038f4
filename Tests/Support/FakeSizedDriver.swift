import FoundationEssentials
import Synchronization
public import Volumes

/// A ``FakeDriver`` whose volumes have limits, which it remembers in their handles. Those with the
/// same label `pool` share one; they lie on a disk of 1 GiB.
public struct FakeSizedDriver: FakeBacked, Measuring, Sizing {
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

    public func create(_ volume: Volume) async throws -> [String: String] {
        var handle = try await fake.create(volume)
        handle["size"] = try volume.options?["size"].map { "\(try ByteCount($0).bytes)" }
        return handle
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
                        asOf: Date(timeIntervalSince1970: 1_764_000_000),
                        pool: volume.labels?["pool"])
                )
            })
    }

    public func disk() async -> Disk? { Disk(size: 1 << 30, available: 1 << 29) }

    public func resize(
        _ volume: Volume, to limits: Limits, isAttached: Bool
    ) async throws -> [String: String] {
        try await fake.enter(.resize, volume) { _ in }
        return volume.handle.merging(limits.size.map { ["size": "\($0.bytes)"] } ?? [:]) { $1 }
    }

    public func sizeOption(of volume: Volume) -> String { "size" }
}
