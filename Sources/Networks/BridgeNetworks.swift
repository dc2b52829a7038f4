public import Containers
import FoundationEssentials
import Glibc
import Linux
public import Logging
import Synchronization
import Volumes

/// Networks on a bridge of ours, made by the CNI plugins: there from the first container on it to
/// the last.
///
/// A container's record comes before what it describes and goes after it, so that recovery finds
/// everything that was begun.
public final class BridgeNetworks: Networking {
    static let remedy =
        "there is no bridge network on this host: install containernetworking-plugins and iptables, "
        + "or use --network host or none"

    private let settings: NetworkSettings
    private let chain: PluginChain
    private let records: NetworkRecords
    private let firewall: Firewall
    private let boot: String
    private let logger: Logger
    /// One at a time: iptables lets no two in anyway, and the last must not leave while one joins.
    private let turns = Turns<String>()
    private let endpoints = Mutex<[ContainerID: Endpoint]>([:])

    public init(_ settings: NetworkSettings, logger: Logger) {
        self.settings = settings
        self.logger = logger
        chain = PluginChain(settings: settings)
        records = NetworkRecords(folder: settings.state)
        firewall = Firewall(bridge: settings.bridge)
        boot = (try? BootID.current()) ?? ""
    }

    public var bridge: BridgeState {
        let missing = chain.missing
        guard missing.isEmpty else {
            return .missing("\(Self.remedy) (missing: \(missing.joined(separator: ", ")))")
        }
        let subnet = records.bridge.flatMap { Subnet($0.subnet) } ?? settings.subnet
        return .available(
            name: settings.bridge, subnet: subnet?.description, gateway: subnet?.gateway)
    }

    public func endpoint(of container: ContainerID) -> Endpoint? {
        endpoints.withLock { $0[container] }
    }

    // MARK: Joining

    public func join(_ container: ContainerID, ports: [PortMapping]) async throws -> Endpoint {
        try await turns.take(settings.bridge) {
            if case .missing(let reason) = bridge { throw ContainerError.invalidRequest(reason) }
            try await leaveAlone(container)
            do {
                return try await make(container, ports)
            } catch {
                do {
                    try await leaveAlone(container)
                } catch {
                    logger.warning(
                        "a network was left half made",
                        metadata: ["container": "\(container.short)", "reason": "\(error)"])
                }
                throw error
            }
        }
    }

    private func make(_ container: ContainerID, _ ports: [PortMapping]) async throws -> Endpoint {
        let subnet = try takeBridge()
        var record = NetworkRecord(
            container: container, namespace: records.namespace(of: container),
            subnet: subnet.description, ports: try choose(ports))
        try records.keep(record)
        let namespace = record.namespace
        try await Blocking.run("make network namespace", seconds: 30) {
            try NetworkNamespace.make(at: namespace)
        }
        let answer = try await chain.add(record)
        try await firewall.open()
        guard let address = answer.ips?.first else {
            throw ContainerError.runtime(
                action: "network of container \(container.short)", reason: "it got no address")
        }
        let parts = address.address.split(separator: "/")
        let endpoint = Endpoint(
            namespace: namespace, address: String(parts.first ?? ""),
            prefixLength: parts.last.flatMap { Int($0) } ?? subnet.prefixLength,
            gateway: address.gateway ?? subnet.gateway,
            hardwareAddress: answer.interfaces?.first { $0.sandbox?.isEmpty == false }?.mac ?? "",
            ports: record.ports)
        record.endpoint = endpoint
        try records.keep(record)
        endpoints.withLock { $0[container] = endpoint }
        return endpoint
    }

    /// The bridge's subnet; a bridge that somebody else made is never taken.
    private func takeBridge() throws -> Subnet {
        let exists = NetworkInterface.exists(settings.bridge)
        if let known = records.bridge, known.boot == boot, known.name == settings.bridge,
            let subnet = Subnet(known.subnet), exists || !isRouted(subnet),
            settings.subnet.map({ $0 == subnet }) ?? true
        {
            return subnet
        }
        guard !exists else {
            throw ContainerError.invalidRequest(
                "the interface \(settings.bridge) is not pouchd's: remove it, or give pouchd another "
                    + "--bridge")
        }
        let routes = try Subnet.routed(OpenFile.text(at: "/proc/net/route"))
        let wanted = settings.subnet.map { [$0] } ?? Subnet.candidates
        let free = wanted.first { candidate in !routes.contains { $0.overlaps(candidate) } }
        guard let free else {
            throw ContainerError.invalidRequest(
                "this host has routes to \(settings.subnet?.description ?? "every subnet tried"): "
                    + "give pouchd another --bridge-subnet")
        }
        try records.keep(.init(name: settings.bridge, subnet: free.description, boot: boot))
        return free
    }

    private func isRouted(_ subnet: Subnet) -> Bool {
        guard let table = try? OpenFile.text(at: "/proc/net/route") else { return false }
        return Subnet.routed(table).contains { $0.overlaps(subnet) }
    }

    /// Gives each mapping one of the host's ports that nobody has.
    private func choose(_ ports: [PortMapping]) throws -> [PortMapping] {
        var taken = endpoints.withLock { $0.values.flatMap(\.ports) }
        return try ports.map { asked in
            var mapping = asked
            for _ in 0..<100 {
                mapping.hostPort = try probe(asked)
                if let other = taken.first(where: { $0.collides(with: mapping) }) {
                    guard asked.hostPort == 0 else { throw Self.taken(other.hostPort, asked) }
                    continue
                }
                taken.append(mapping)
                return mapping
            }
            throw Self.taken(0, asked)
        }
    }

    private func probe(_ mapping: PortMapping) throws -> UInt16 {
        do {
            return try PortProbe.free(
                mapping.hostPort, at: mapping.hostAddress,
                isStream: mapping.port.transport != .udp)
        } catch  where error.errno == EADDRINUSE {
            throw Self.taken(mapping.hostPort, mapping)
        } catch {
            throw ContainerError.invalidRequest(
                "port \(mapping.port) can't be published on \(mapping.hostAddress): \(error.reason)"
            )
        }
    }

    private static func taken(_ port: UInt16, _ mapping: PortMapping) -> ContainerError {
        let address = mapping.hostAddress.isEmpty ? "0.0.0.0" : mapping.hostAddress
        return .portTaken("\(address):\(port)", transport: mapping.port.transport.rawValue)
    }

    // MARK: Leaving

    public func leave(_ container: ContainerID) async throws {
        try await turns.take(settings.bridge) {
            try await leaveAlone(container)
        }
    }

    private func leaveAlone(_ container: ContainerID) async throws {
        guard let record = records.all.first(where: { $0.container == container }) else { return }
        try await takeAway(record)
        try await removeBridgeIfIdle()
    }

    private func takeAway(_ record: NetworkRecord) async throws {
        try await chain.delete(record)
        let namespace = record.namespace
        try await Blocking.run("remove network namespace", seconds: 30) {
            try NetworkNamespace.remove(namespace)
        }
        records.forget(record.container)
        endpoints.withLock { $0[record.container] = nil }
    }

    private func removeBridgeIfIdle() async throws {
        guard records.all.isEmpty, let known = records.bridge else { return }
        guard known.boot == boot else { return records.forgetBridge() }
        try await Firewall(bridge: known.name).close()
        try await Blocking.run("remove bridge \(known.name)", seconds: 30) {
            try NetworkInterface.removeBridge(known.name)
        }
        records.forgetBridge()
        logger.debug("bridge removed", metadata: ["bridge": "\(known.name)"])
    }

    // MARK: Recovery

    public func recover(running: Set<ContainerID>) async throws -> [String] {
        await turns.take(settings.bridge) {
            var report: [String] = []
            for record in records.all {
                if running.contains(record.container), let endpoint = record.endpoint {
                    endpoints.withLock { $0[record.container] = endpoint }
                    continue
                }
                do {
                    try await takeAway(record)
                } catch {
                    report.append("network of container \(record.container.short): \(error)")
                }
            }
            do {
                try await removeBridgeIfIdle()
            } catch {
                report.append("bridge \(settings.bridge): \(error)")
            }
            return report
        }
    }
}

extension PortMapping {
    /// Whether both can't be published at once.
    fileprivate func collides(with other: PortMapping) -> Bool {
        hostPort == other.hostPort && port.transport == other.port.transport
            && (hostAddress.isEmpty || other.hostAddress.isEmpty
                || hostAddress == other.hostAddress)
    }
}
