/// What containers' networks are.
extension ContainerManager {
    public var bridge: BridgeState { core.networks.bridge }

    /// What a container gets that names no network.
    public var usualNetwork: ContainerRequest.Network {
        if case .available = bridge { .bridge } else { .host }
    }

    /// What a container has on the bridge; nil if it is not there, or does not run.
    public func endpoint(of container: Container) -> Endpoint? {
        core.networks.endpoint(of: container.id)
    }
}
