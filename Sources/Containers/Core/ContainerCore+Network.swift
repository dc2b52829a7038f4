import Volumes

/// A container's network: its own namespace on the bridge, if it has one.
extension ContainerCore {
    /// Refuses what this host has no networks for.
    func checkNetwork(of request: ContainerRequest) throws(ContainerError) {
        let isPublished = request.ports?.isEmpty == false || request.publishesAllPorts == true
        guard request.network == .bridge else {
            guard isPublished else { return }
            if request.network == .host, case .missing(let reason) = networks.bridge {
                throw .invalidRequest("ports can't be published: \(reason)")
            }
            throw .invalidRequest(
                "ports can't be published with network \(request.network.rawValue): use bridge")
        }
        if case .missing(let reason) = networks.bridge { throw .invalidRequest(reason) }
    }

    /// Nil if it has no bridge.
    func joinNetwork(_ container: Container) async throws -> Endpoint? {
        defer { tell(.connect, container) }
        guard container.request.network == .bridge else { return nil }
        let image = try await runtime.image(container.imageID)
        let endpoint = try await networks.join(
            container.id, ports: Self.ports(of: container.request, over: image.configuration))
        surroundings.step("container.start.networked")
        try await files(of: container.id).writeHosts(for: container, at: endpoint)
        return endpoint
    }

    func leaveNetwork(_ container: Container) async {
        if container.request.network == .bridge {
            await attempt("leave its network", of: container) {
                try await networks.leave(container.id)
            }
        }
        tell(.disconnect, container)
    }

    /// Those asked for and, if all are to be published, those that the image or the request names
    /// besides.
    private static func ports(
        of request: ContainerRequest, over image: ImageConfiguration
    ) throws(ContainerError) -> [PortMapping] {
        var ports = request.ports ?? []
        guard request.publishesAllPorts == true else { return ports }
        for text in (request.exposedPorts ?? []) + image.ports {
            let port = try ContainerPort(text)
            if !ports.contains(where: { $0.port == port }) { ports.append(PortMapping(port: port)) }
        }
        return ports
    }
}
