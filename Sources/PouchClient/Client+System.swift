public import FoundationEssentials
import NIOCore
public import PouchAPI

extension Client {
    public func version() async throws -> Version {
        try await ask(.get(Target("/version")))
    }

    public func information() async throws -> SystemInfo {
        try await ask(.get(Target("/info")))
    }

    /// How much of the disk things take; with no types, everything's.
    public func diskUsage(of types: [String] = []) async throws -> DiskUsage {
        var target = Target("/system/df")
        for type in types { target = target.adding("type", type) }
        return try await ask(.get(target))
    }

    /// Hands on what happens, as it happens: each event as the daemon wrote it.
    ///
    /// `since` and `until` are seconds since 1970.
    public func events(
        since: String? = nil, until: String? = nil, filters: Filters = [:],
        give: @Sendable (Data) throws -> Void
    ) async throws {
        let target = try Target("/events").adding("since", since).adding("until", until)
            .adding(filters)
        try await exchange(.get(target)) { answer in
            var lines = LineDecoder()
            while let bytes = try await answer.next() {
                for line in lines.decode(bytes.readableBytesView) { try give(line) }
            }
            for line in lines.finish() { try give(line) }
        }
    }
}
