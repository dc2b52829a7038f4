/// How a container finds others by name. What is nil is as on the host.
public struct NameResolution: Codable, Hashable, Sendable {
    /// IP addresses.
    public var servers: [String] = []
    public var searchDomains: [String] = []
    /// As in resolv.conf: `ndots:2`.
    public var options: [String] = []
    /// `name:address` each; `host-gateway` stands for this host.
    public var hosts: [String] = []

    public init() {}

    public init(
        servers: [String], searchDomains: [String], options: [String], hosts: [String]
    ) throws(ContainerError) {
        for server in servers where !Self.isAddress(server) {
            throw .invalidRequest("invalid DNS server \"\(server)\": give an IP address")
        }
        for word in searchDomains + options where word.contains(where: \.isWhitespace) {
            throw .invalidRequest("invalid DNS option \"\(word)\": leave out blanks")
        }
        for host in hosts {
            let (name, address) = Self.split(host)
            guard let address, !name.isEmpty, !name.contains(where: \.isWhitespace),
                address == "host-gateway" || Self.isAddress(address)
            else {
                throw .invalidRequest("invalid host \"\(host)\": give NAME:ADDRESS")
            }
        }
        self.servers = servers
        self.searchDomains = searchDomains
        self.options = options
        self.hosts = hosts
    }

    /// Lines for /etc/hosts.
    func hostLines(gateway: String) -> [String] {
        hosts.map { host in
            let (name, address) = Self.split(host)
            return "\(address == "host-gateway" ? gateway : address ?? "")\t\(name)"
        }
    }

    /// The text of resolv.conf, given the host's. A network of its own can't reach servers on the
    /// host's loopback.
    func configuration(overHost text: String, isApart: Bool) -> String {
        let own =
            searchDomains.isEmpty ? [] : ["search " + searchDomains.joined(separator: " ")]
        let lines = text.split(separator: "\n", omittingEmptySubsequences: true).map(String.init)
        let kept = lines.filter { line in
            let words = line.split(whereSeparator: \.isWhitespace)
            switch words.first {
            case "nameserver":
                let isLocal = words.count > 1 && (words[1].hasPrefix("127.") || words[1] == "::1")
                return servers.isEmpty && !(isApart && isLocal)
            case "search", "domain": return searchDomains.isEmpty
            case "options": return options.isEmpty
            default: return true
            }
        }
        let all =
            servers.map { "nameserver \($0)" } + own
            + (options.isEmpty ? [] : ["options " + options.joined(separator: " ")]) + kept
        return all.map { $0 + "\n" }.joined()
    }

    private static func split(_ host: String) -> (name: String, address: String?) {
        guard let mark = host.firstIndex(where: { $0 == ":" || $0 == "=" }) else {
            return (host, nil)
        }
        return (String(host[..<mark]), String(host[host.index(after: mark)...]))
    }

    private static func isAddress(_ text: String) -> Bool {
        PortMapping.isIPv4(text)
            || text.contains(":") && text.allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." }
    }
}
