public import PouchAPI

extension Client {
    public func version() async throws -> Version {
        try await ask(.get(Target("/version")))
    }

    public func information() async throws -> SystemInfo {
        try await ask(.get(Target("/info")))
    }
}
