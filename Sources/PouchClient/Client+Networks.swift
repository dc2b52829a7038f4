public import FoundationEssentials
public import PouchAPI

extension Client {
    public func networks(filters: Filters = [:]) async throws -> [Network] {
        try await ask(.get(Target("/networks").adding(filters)))
    }

    /// What the daemon says about a network, word for word.
    public func inspectNetwork(_ name: String) async throws -> Data {
        try await bytes(.get(Target("/networks", name)))
    }
}
