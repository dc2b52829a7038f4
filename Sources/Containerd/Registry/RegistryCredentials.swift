/// Who one is to a registry.
public struct RegistryCredentials: Hashable, Sendable {
    public let username: String
    public let password: String

    public init(username: String, password: String) {
        self.username = username
        self.password = password
    }

    /// Says who one is to the registry of a domain; nil for nobody in particular.
    public typealias Source = @Sendable (_ domain: String) async throws -> RegistryCredentials?
}
