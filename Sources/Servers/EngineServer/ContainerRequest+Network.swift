import Containers
import PouchAPI

/// What clients ask of a container's network, as the engine understands it.
extension ContainerRequest {
    mutating func applyNetwork(of asked: ContainerCreateRequest, usual: Network) throws {
        let host = asked.hostConfig ?? HostConfig()
        try asked.refuseUnsupportedNetworking()
        switch host.networkMode.nonEmpty ?? "default" {
        case "default": network = usual
        case "bridge": network = .bridge
        case "host": network = .host
        case "none": network = .none
        case let other:
            throw Refusal.unsupported(
                "network \"\(other)\" is not supported: use bridge, host or none")
        }
        let exposed = (asked.config.exposedPorts ?? [:]).keys.sorted()
        exposedPorts = try exposed.isEmpty ? nil : exposed.map { try ContainerPort($0).description }
        publishesAllPorts = host.publishAllPorts == true ? true : nil
        ports = try Self.ports(host.portBindings ?? [:])
        let names = try NameResolution(
            servers: host.dns ?? [], searchDomains: host.dnsSearch ?? [],
            options: host.dnsOptions ?? [], hosts: host.extraHosts ?? [])
        nameResolution = names == NameResolution() ? nil : names
    }

    private static func ports(_ asked: [String: [PortBinding]?]) throws -> [PortMapping]? {
        var ports: [PortMapping] = []
        for (text, bindings) in asked.sorted(by: { $0.key < $1.key }) {
            let port = try ContainerPort(text)
            for binding in bindings ?? [] {
                ports.append(
                    try PortMapping(port, hostAddress: binding.hostIP, hostPort: binding.hostPort))
            }
        }
        return ports.isEmpty ? nil : ports
    }
}

extension ContainerCreateRequest {
    /// What is asked for is either done or refused, never ignored.
    fileprivate func refuseUnsupportedNetworking() throws(Refusal) {
        guard config.domainname.nonEmpty == nil else {
            throw .unsupported("a domain name is not supported: give the whole name as host name")
        }
        guard (hostConfig?.links ?? []).isEmpty else {
            throw .unsupported("links are not supported: use --add-host, or network host")
        }
        for (network, endpoint) in networkingConfig?.endpoints ?? [:] {
            let asked: [(String, Bool)] = [
                ("an address of its own", endpoint?.addresses?.ipv4.nonEmpty != nil),
                ("an IPv6 address", endpoint?.addresses?.ipv6.nonEmpty != nil),
                ("network aliases", endpoint?.aliases?.isEmpty == false),
                ("links", endpoint?.links?.isEmpty == false),
                ("a hardware address", endpoint?.hardwareAddress.nonEmpty != nil),
            ]
            guard let (what, _) = asked.first(where: \.1) else { continue }
            throw .unsupported("\(what) on network \(network) is not supported: leave it out")
        }
    }
}
