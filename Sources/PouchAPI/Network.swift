/// A network that containers can be on.
public struct Network: Codable, Hashable, Sendable {
    /// Whence addresses come.
    public struct Addresses: Codable, Hashable, Sendable {
        public struct Range: Codable, Hashable, Sendable {
            /// With its prefix: `10.90.0.0/16`.
            public var subnet: String
            public var gateway: String

            public init(subnet: String, gateway: String) {
                self.subnet = subnet
                self.gateway = gateway
            }

            private enum CodingKeys: String, CodingKey {
                case subnet = "Subnet"
                case gateway = "Gateway"
            }
        }

        public var driver = "default"
        public var options: [String: String]?
        public var ranges: [Range]

        public init(ranges: [Range]) {
            self.ranges = ranges
        }

        private enum CodingKeys: String, CodingKey {
            case driver = "Driver"
            case options = "Options"
            case ranges = "Config"
        }
    }

    /// A container on it.
    public struct Member: Codable, Hashable, Sendable {
        public var name: String
        public var endpointID: String
        public var hardwareAddress: String
        /// With the prefix.
        public var address: String
        public var addressV6 = ""

        public init(name: String, endpointID: String, hardwareAddress: String, address: String) {
            self.name = name
            self.endpointID = endpointID
            self.hardwareAddress = hardwareAddress
            self.address = address
        }

        private enum CodingKeys: String, CodingKey {
            case name = "Name"
            case endpointID = "EndpointID"
            case hardwareAddress = "MacAddress"
            case address = "IPv4Address"
            case addressV6 = "IPv6Address"
        }
    }

    public var name: String
    public var id: String
    /// RFC 3339, in UTC.
    public var created: String
    public var scope = "local"
    /// `bridge`, `host` or `null`.
    public var driver: String
    public var hasIPv6 = false
    public var addresses: Addresses
    public var isInternal = false
    public var isAttachable = false
    public var isIngress = false
    /// By the container's id.
    public var containers: [String: Member]
    public var options: [String: String]
    public var labels: [String: String] = [:]

    public init(
        name: String, id: String, created: String, driver: String, addresses: Addresses,
        containers: [String: Member] = [:], options: [String: String] = [:]
    ) {
        self.name = name
        self.id = id
        self.created = created
        self.driver = driver
        self.addresses = addresses
        self.containers = containers
        self.options = options
    }

    private enum CodingKeys: String, CodingKey {
        case name = "Name"
        case id = "Id"
        case created = "Created"
        case scope = "Scope"
        case driver = "Driver"
        case hasIPv6 = "EnableIPv6"
        case addresses = "IPAM"
        case isInternal = "Internal"
        case isAttachable = "Attachable"
        case isIngress = "Ingress"
        case containers = "Containers"
        case options = "Options"
        case labels = "Labels"
    }
}
