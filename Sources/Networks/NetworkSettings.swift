/// Which bridge containers are put on, and where what is needed for it lies.
public struct NetworkSettings: Hashable, Sendable {
    /// The bridge's name on this host.
    public let bridge: String
    /// Nil takes one that this host has no route to.
    public let subnet: Subnet?
    /// What a reboot may take: what containers have.
    public let state: String
    /// Where the CNI plugins lie.
    public let plugins: String

    public static let defaultBridge = "pouch0"
    public static let defaultPlugins = "/usr/lib/cni"

    public init(
        bridge: String = NetworkSettings.defaultBridge, subnet: Subnet? = nil, state: String,
        plugins: String = NetworkSettings.defaultPlugins
    ) {
        self.bridge = bridge
        self.subnet = subnet
        self.state = state
        self.plugins = plugins
    }
}
