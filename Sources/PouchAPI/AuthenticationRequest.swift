/// Who one is to a registry: the body of `POST /auth`, and in base64 the header `X-Registry-Auth`.
public struct AuthenticationRequest: Codable, Hashable, Sendable {
    public var username: String?
    public var password: String?
    /// The registry; its domain, or a URL.
    public var serverAddress: String?
    public var identityToken: String?
    public var registryToken: String?
    /// `username:password` in base64, as configuration files have it.
    public var auth: String?

    public init(username: String, password: String, serverAddress: String) {
        self.username = username
        self.password = password
        self.serverAddress = serverAddress
    }

    private enum CodingKeys: String, CodingKey {
        case username, password, auth
        case serverAddress = "serveraddress"
        case identityToken = "identitytoken"
        case registryToken = "registrytoken"
    }
}

/// Answers `POST /auth`.
public struct AuthenticationResponse: Codable, Hashable, Sendable {
    public var status: String
    public var identityToken = ""

    public init(status: String) {
        self.status = status
    }

    private enum CodingKeys: String, CodingKey {
        case status = "Status"
        case identityToken = "IdentityToken"
    }
}
