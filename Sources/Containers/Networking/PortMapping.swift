/// A port of the host's that leads to one of a container's.
public struct PortMapping: Codable, Hashable, Sendable {
    public enum Transport: String, Codable, Hashable, Sendable, CaseIterable {
        case tcp, udp, sctp
    }

    public var port: ContainerPort
    /// IPv4; empty for all of the host's addresses.
    public var hostAddress: String
    /// 0 lets the daemon choose.
    public var hostPort: UInt16

    public init(port: ContainerPort, hostAddress: String = "", hostPort: UInt16 = 0) {
        self.port = port
        self.hostAddress = hostAddress
        self.hostPort = hostPort
    }

    /// Reads what Docker's clients send: an address, which may be empty, and a port, which may be too.
    public init(
        _ port: ContainerPort, hostAddress: String?, hostPort: String?
    ) throws(ContainerError) {
        let address = hostAddress ?? ""
        guard address.isEmpty || Self.isIPv4(address) else {
            throw .invalidRequest(
                "invalid address \"\(address)\" for port \(port): ports are published on IPv4 "
                    + "addresses of this host only")
        }
        let text = hostPort ?? ""
        guard let number = text.isEmpty ? 0 : UInt16(text) else {
            throw .invalidRequest(
                "invalid host port \"\(text)\" for port \(port): give one number up to 65535")
        }
        self.init(
            port: port, hostAddress: address == "0.0.0.0" ? "" : address, hostPort: number)
    }

    static func isIPv4(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { !$0.isEmpty && UInt8($0) != nil }
    }
}

/// A port that a container's program listens on: `80/tcp`.
public struct ContainerPort: Codable, Hashable, Sendable, CustomStringConvertible {
    public let number: UInt16
    public let transport: PortMapping.Transport

    /// Reads `80`, `80/tcp`, `53/udp`.
    public init(_ text: String) throws(ContainerError) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let first = parts.first, let number = UInt16(first), number > 0, parts.count < 3,
            let transport = PortMapping.Transport(
                rawValue: parts.count == 2 ? parts[1].lowercased() : "tcp")
        else {
            throw .invalidRequest(
                "invalid port \"\(text)\": give NUMBER, or NUMBER/tcp, udp or sctp")
        }
        self.number = number
        self.transport = transport
    }

    public var description: String { "\(number)/\(transport.rawValue)" }
}
