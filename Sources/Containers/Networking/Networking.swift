/// Gives containers networks of their own.
///
/// Doing again what is done already must succeed, and so must undoing what was never done.
public protocol Networking: Sendable {
    /// The bridge that containers can be on, or what to do to have one.
    var bridge: BridgeState { get }
    /// Makes a network namespace for the container, on the bridge, and forwards ports to it.
    ///
    /// One that an earlier run left behind is made anew.
    func join(_ container: ContainerID, ports: [PortMapping]) async throws -> Endpoint
    /// Takes away all that `join` made; the last to leave takes the bridge along.
    func leave(_ container: ContainerID) async throws
    /// What the container has; nil if it is not on the bridge.
    func endpoint(of container: ContainerID) -> Endpoint?
    /// Takes away what containers had that run no more; returns what a person should know.
    func recover(running: Set<ContainerID>) async throws -> [String]
}

/// Whether there is a bridge for containers.
public enum BridgeState: Hashable, Sendable {
    /// `subnet` is nil until the first container needs one.
    case available(name: String, subnet: String?, gateway: String?)
    /// Why not, and what to do about it.
    case missing(String)
}

/// What a container has on the bridge.
public struct Endpoint: Codable, Hashable, Sendable {
    /// The path of its network namespace.
    public var namespace: String
    /// IPv4, without the prefix.
    public var address: String
    public var prefixLength: Int
    public var gateway: String
    public var hardwareAddress: String
    /// With the host's ports that were chosen.
    public var ports: [PortMapping]

    public init(
        namespace: String, address: String, prefixLength: Int, gateway: String,
        hardwareAddress: String, ports: [PortMapping]
    ) {
        self.namespace = namespace
        self.address = address
        self.prefixLength = prefixLength
        self.gateway = gateway
        self.hardwareAddress = hardwareAddress
        self.ports = ports
    }
}

/// A host without networks for containers.
public struct NoNetworking: Networking {
    private let reason: String

    /// `reason` says what to do about it.
    public init(_ reason: String) {
        self.reason = reason
    }

    public var bridge: BridgeState { .missing(reason) }

    public func join(_ container: ContainerID, ports: [PortMapping]) async throws -> Endpoint {
        throw ContainerError.invalidRequest(reason)
    }

    public func leave(_ container: ContainerID) async throws {}
    public func endpoint(of container: ContainerID) -> Endpoint? { nil }
    public func recover(running: Set<ContainerID>) async throws -> [String] { [] }
}
