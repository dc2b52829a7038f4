/// An address and a port of the daemon's host.
public struct PortBinding: Codable, Hashable, Sendable {
    /// Empty for all addresses.
    public var hostIP: String?
    /// A number; empty lets the daemon choose.
    public var hostPort: String?

    public init(hostIP: String?, hostPort: String?) {
        self.hostIP = hostIP
        self.hostPort = hostPort
    }

    private enum CodingKeys: String, CodingKey {
        case hostIP = "HostIp"
        case hostPort = "HostPort"
    }
}
