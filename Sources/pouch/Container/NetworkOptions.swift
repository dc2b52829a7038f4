import ArgumentParser
import PouchAPI

/// What a new container can reach, and what can reach it.
struct NetworkOptions: ParsableArguments {
    @Option(
        name: [.customShort("p", allowingJoined: true), .customLong("publish")],
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "A port of this host's that leads to one of the container's; repeat for more.",
            valueName: "address:port:port/tcp"),
        transform: PublishedPorts.init)
    var publish: [PublishedPorts] = []

    @Flag(
        name: [.customShort("P"), .customLong("publish-all")],
        help: "Publish all exposed ports, on ports that pouchd chooses.")
    var publishAll = false

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("A port that its program listens on.", valueName: "port/tcp"))
    var expose: [String] = []

    @Option(help: ArgumentHelp("Whom it asks for names; repeat for more.", valueName: "address"))
    var dns: [String] = []

    @Option(help: ArgumentHelp("A domain that it looks in for names.", valueName: "domain"))
    var dnsSearch: [String] = []

    @Option(
        name: [.customLong("dns-option"), .customLong("dns-opt")],
        help: ArgumentHelp("A word for resolv.conf's options.", valueName: "option"))
    var dnsOption: [String] = []

    @Option(
        help: ArgumentHelp(
            "A line in its /etc/hosts; host-gateway stands for this host.",
            valueName: "name:address"))
    var addHost: [String] = []

    func apply(to host: inout HostConfig) {
        let all = publish.flatMap(\.ports)
        if !all.isEmpty {
            host.portBindings = Dictionary(grouping: all, by: \.container)
                .mapValues { $0.map(\.binding) }
        }
        host.publishAllPorts = publishAll ? true : nil
        host.dns = dns.isEmpty ? nil : dns
        host.dnsSearch = dnsSearch.isEmpty ? nil : dnsSearch
        host.dnsOptions = dnsOption.isEmpty ? nil : dnsOption
        host.extraHosts = addHost.isEmpty ? nil : addHost
    }

    var exposedPorts: [String: Empty]? {
        let all = expose.map { $0.contains("/") ? $0 : $0 + "/tcp" }
        return all.isEmpty ? nil : Dictionary(all.map { ($0, Empty()) }) { first, _ in first }
    }
}

/// What follows `-p`: `[[address:]port:]port[/transport]`, where both ports may be ranges.
struct PublishedPorts: Sendable {
    struct Port: Sendable {
        /// `80/tcp`
        let container: String
        let binding: PortBinding
    }

    let ports: [Port]

    init(_ text: String) throws {
        let halves = text.split(separator: "/", omittingEmptySubsequences: false)
        let words = (halves.first ?? "").split(separator: ":", omittingEmptySubsequences: false)
        guard halves.count < 3, (1...3).contains(words.count), let last = words.last,
            let inside = Self.range(last)
        else { throw Self.wrong(text) }
        let transport = halves.count == 2 ? halves[1] : "tcp"
        let outside = words.count > 1 ? words[words.count - 2] : ""
        var hostPorts: [String] = Array(repeating: "", count: inside.count)
        if !outside.isEmpty {
            guard let range = Self.range(outside), range.count == inside.count else {
                throw Self.wrong(text)
            }
            hostPorts = range.map(String.init)
        }
        let address = words.count == 3 ? String(words[0]) : ""
        ports = zip(inside, hostPorts).map { port, hostPort in
            Port(
                container: "\(port)/\(transport)",
                binding: PortBinding(hostIP: address, hostPort: hostPort))
        }
    }

    private static func range(_ text: Substring) -> ClosedRange<UInt16>? {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0) }
        guard ends.count < 3, let first = ends.first ?? nil, let last = ends.last ?? nil,
            first > 0, first <= last
        else { return nil }
        return first...last
    }

    private static func wrong(_ text: String) -> ValidationError {
        ValidationError("\"\(text)\" publishes nothing: write [[address:]port:]port[/tcp|udp|sctp]")
    }
}
