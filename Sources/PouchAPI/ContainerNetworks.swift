/// What a container has of networks: `NetworkSettings` of `GET /containers/{id}/json`.
public struct ContainerNetworks: Codable, Hashable, Sendable {
    /// What it has on one network.
    public struct Endpoint: Codable, Hashable, Sendable {
        public var networkID = ""
        public var endpointID = ""
        public var gateway = ""
        public var address = ""
        public var prefixLength = 0
        public var hardwareAddress = ""

        public init() {}

        private enum CodingKeys: String, CodingKey {
            case networkID = "NetworkID"
            case endpointID = "EndpointID"
            case gateway = "Gateway"
            case address = "IPAddress"
            case prefixLength = "IPPrefixLen"
            case hardwareAddress = "MacAddress"
        }
    }

    /// The path of its namespace; empty if it has the host's, or does not run.
    public var sandboxKey = ""
    /// Where each port is published; nil for one that is only exposed.
    public var ports: [String: [PortBinding]?] = [:]
    public var gateway = ""
    public var address = ""
    public var prefixLength = 0
    public var hardwareAddress = ""
    /// By the network's name.
    public var networks: [String: Endpoint] = [:]

    public init() {}

    private enum CodingKeys: String, CodingKey {
        case sandboxKey = "SandboxKey"
        case ports = "Ports"
        case gateway = "Gateway"
        case address = "IPAddress"
        case prefixLength = "IPPrefixLen"
        case hardwareAddress = "MacAddress"
        case networks = "Networks"
    }
}

/// A port in a list of containers.
public struct ContainerPortSummary: Codable, Hashable, Sendable {
    public var address: String?
    public var containerPort: Int
    public var hostPort: Int?
    public var transport: String

    public init(address: String?, containerPort: Int, hostPort: Int?, transport: String) {
        self.address = address
        self.containerPort = containerPort
        self.hostPort = hostPort
        self.transport = transport
    }

    private enum CodingKeys: String, CodingKey {
        case address = "IP"
        case containerPort = "PrivatePort"
        case hostPort = "PublicPort"
        case transport = "Type"
    }
}

/// What a container is to have on networks: `NetworkingConfig` of `POST /containers/create`.
public struct NetworkingConfig: Codable, Hashable, Sendable {
    public struct Endpoint: Codable, Hashable, Sendable {
        public struct Addresses: Codable, Hashable, Sendable {
            public var ipv4: String?
            public var ipv6: String?

            private enum CodingKeys: String, CodingKey {
                case ipv4 = "IPv4Address"
                case ipv6 = "IPv6Address"
            }
        }

        public var addresses: Addresses?
        public var aliases: [String]?
        public var links: [String]?
        public var hardwareAddress: String?

        private enum CodingKeys: String, CodingKey {
            case addresses = "IPAMConfig"
            case aliases = "Aliases"
            case links = "Links"
            case hardwareAddress = "MacAddress"
        }
    }

    /// By the network's name.
    public var endpoints: [String: Endpoint?]?

    private enum CodingKeys: String, CodingKey {
        case endpoints = "EndpointsConfig"
    }
}
