public import FoundationEssentials

/// Where drivers come from that are not built in: they come and go while the daemon runs.
public protocol DriverSource: Sendable {
    /// Those that are there now, sorted by name.
    var drivers: [any Surveying] { get }
    /// One that is there, or is expected.
    func driver(named name: String) -> (any Surveying)?
    /// Some volume is of this driver: it exists from now on, whether it is there or not.
    func expect(_ name: String)
    /// Looks whether a driver of this name has appeared, and whether it is one for volumes; takes
    /// no longer than a local look unless it is there.
    func lookFor(_ name: String) async
    /// What is known of each, sorted by name; asks nobody.
    var reports: [PluginReport] { get }
}

/// How a plugin does, as far as its calls so far have shown.
public struct PluginReport: Hashable, Sendable {
    public enum Health: String, Sendable {
        /// Nobody has asked it anything yet.
        case unknown
        case healthy
        /// Its last call failed, or was not answered.
        case failing
        /// Volumes need it, and it is not there.
        case missing
        /// It is there, and not for volumes.
        case unfit
    }

    public let name: String
    /// The file that announces it; empty when it is missing.
    public let file: String
    /// Where it is asked.
    public let address: String
    public let health: Health
    public let scope: Scope
    /// Why its last call that failed did.
    public let lastError: String?
    public let lastErrorAt: Date?

    public init(
        name: String, file: String, address: String, health: Health, scope: Scope,
        lastError: String? = nil, lastErrorAt: Date? = nil
    ) {
        self.name = name
        self.file = file
        self.address = address
        self.health = health
        self.scope = scope
        self.lastError = lastError
        self.lastErrorAt = lastErrorAt
    }
}
