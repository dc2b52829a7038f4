/// Asks for a container: `POST /containers/create?name=`.
public struct ContainerCreateRequest: Hashable, Sendable {
    public var config: ContainerConfig
    public var hostConfig: HostConfig?
    public var networkingConfig: NetworkingConfig?
    public var limits: HostLimits?
    /// Fields that ask for what pouchd does not do.
    public private(set) var others: [String] = []

    public init(
        config: ContainerConfig, hostConfig: HostConfig? = nil, limits: HostLimits? = nil
    ) {
        self.config = config
        self.hostConfig = hostConfig
        self.limits = limits
    }
}

extension ContainerCreateRequest: Codable {
    private enum CodingKeys: String, CodingKey {
        case hostConfig = "HostConfig"
        case networkingConfig = "NetworkingConfig"
        case quotaID = "QuotaID"
    }

    /// On the wire the configuration's fields lie beside `HostConfig`.
    public init(from decoder: any Decoder) throws {
        config = try ContainerConfig(from: decoder)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        // The original's server did not care about capitals.
        if config.quotaID == nil {
            config.quotaID = try container.decodeIfPresent(String.self, forKey: .quotaID)
        }
        let settings = try container.decodeIfPresent(HostSettings.self, forKey: .hostConfig)
        hostConfig = settings?.config
        limits = settings?.limits
        networkingConfig = try container.decodeIfPresent(
            NetworkingConfig.self, forKey: .networkingConfig)
        let hostFields = try container.decodeIfPresent(
            OtherFields<OtherHostField>.self, forKey: .hostConfig)
        others =
            try OtherFields<OtherConfigField>(from: decoder).asked
            + (hostFields?.asked ?? []).map { "HostConfig." + $0 }
    }

    public func encode(to encoder: any Encoder) throws {
        try config.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(networkingConfig, forKey: .networkingConfig)
        guard hostConfig != nil || limits != nil else { return }
        try container.encode(
            HostSettings(config: hostConfig ?? HostConfig(), limits: limits ?? HostLimits()),
            forKey: .hostConfig)
    }
}
