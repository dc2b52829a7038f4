import Containers
import PouchAPI

/// Networks as answers tell of them.
extension Network {
    /// The three that there are; the bridge only where containers can be on it.
    static func all(of containers: ContainerManager) -> [Network] {
        let host = Network(
            name: "host", id: id(of: "host"), created: Timestamp.never, driver: "host",
            addresses: Addresses(ranges: []))
        let none = Network(
            name: "none", id: id(of: "none"), created: Timestamp.never, driver: "null",
            addresses: Addresses(ranges: []))
        guard case .available(let name, let subnet, let gateway) = containers.bridge else {
            return [host, none]
        }
        let range = subnet.map { Addresses.Range(subnet: $0, gateway: gateway ?? "") }
        let bridge = Network(
            name: "bridge", id: id(of: "bridge"), created: Timestamp.never, driver: "bridge",
            addresses: Addresses(ranges: range.map { [$0] } ?? []),
            containers: members(of: containers),
            options: [
                "com.docker.network.bridge.default_bridge": "true",
                "com.docker.network.bridge.name": name,
            ])
        return [bridge, host, none]
    }

    private static func members(of containers: ContainerManager) -> [String: Member] {
        var members: [String: Member] = [:]
        for container in containers.list() {
            guard let endpoint = containers.endpoint(of: container) else { continue }
            members[container.id.description] = Member(
                name: container.name, endpointID: container.id.description,
                hardwareAddress: endpoint.hardwareAddress,
                address: "\(endpoint.address)/\(endpoint.prefixLength)")
        }
        return members
    }

    /// The same wherever and whenever it is asked for: 64 hex digits that hold the name.
    static func id(of name: String) -> String {
        let digits = name.utf8.map { String($0, radix: 16) }.joined()
        return digits + String(repeating: "0", count: 64 - digits.utf8.count)
    }
}

extension ContainerNetworks {
    init(_ container: Container, _ endpoint: Containers.Endpoint?) {
        self.init()
        let name = container.request.network.rawValue
        var shown = Endpoint()
        shown.networkID = Network.id(of: name)
        for port in container.request.exposedPorts ?? [] { ports[port] = .some(nil) }
        if let endpoint {
            sandboxKey = endpoint.namespace
            gateway = endpoint.gateway
            address = endpoint.address
            prefixLength = endpoint.prefixLength
            hardwareAddress = endpoint.hardwareAddress
            shown.endpointID = container.id.description
            shown.gateway = endpoint.gateway
            shown.address = endpoint.address
            shown.prefixLength = endpoint.prefixLength
            shown.hardwareAddress = endpoint.hardwareAddress
            let published = Dictionary(grouping: endpoint.ports) { $0.port.description }
            for (port, mappings) in published {
                ports[port] = mappings.map { PortBinding(published: $0) }
            }
        }
        networks = [name: shown]
    }
}

extension PortBinding {
    /// As it was asked for.
    init(_ mapping: PortMapping) {
        self.init(
            hostIP: mapping.hostAddress,
            hostPort: mapping.hostPort == 0 ? "" : String(mapping.hostPort))
    }

    /// As it is.
    init(published mapping: PortMapping) {
        self.init(
            hostIP: mapping.hostAddress.isEmpty ? "0.0.0.0" : mapping.hostAddress,
            hostPort: String(mapping.hostPort))
    }
}

extension ContainerPortSummary {
    static func all(
        of container: Container, _ endpoint: Containers.Endpoint?
    ) -> [ContainerPortSummary] {
        let published = (endpoint?.ports ?? []).map { mapping in
            ContainerPortSummary(
                address: mapping.hostAddress.isEmpty ? "0.0.0.0" : mapping.hostAddress,
                containerPort: Int(mapping.port.number), hostPort: Int(mapping.hostPort),
                transport: mapping.port.transport.rawValue)
        }
        return published
    }
}
