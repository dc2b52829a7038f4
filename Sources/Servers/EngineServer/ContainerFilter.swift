import Containers

/// Which containers a list shows.
struct ContainerFilter: Sendable {
    private let filters: Filters
    /// Only those made before the one are shown, and after the other.
    private let before: Container?
    private let since: Container?
    private let published: [PortFilter]
    private let exposed: [PortFilter]

    private static let states = [
        "created", "restarting", "running", "removing", "paused", "exited", "dead",
    ]

    init(_ filters: Filters, among containers: ContainerManager) throws {
        try filters.allow([
            "ancestor", "before", "exited", "expose", "health", "id", "label", "name", "network",
            "publish", "since", "status", "volume",
        ])
        self.filters = filters
        for state in filters["status"] where !Self.states.contains(state) {
            throw Refusal.invalid(
                "invalid filter 'status=\(state)': use \(Self.states.joined(separator: ", "))")
        }
        published = try filters["publish"].map { try PortFilter("publish", $0) }
        exposed = try filters["expose"].map { try PortFilter("expose", $0) }
        before = try filters["before"].first.map { try containers.container($0) }
        since = try filters["since"].first.map { try containers.container($0) }
    }

    /// Whether the filter itself says in which states containers are shown.
    var namesState: Bool { !filters["status"].isEmpty || !filters["exited"].isEmpty }

    func matches(_ container: Container, _ health: Health?) -> Bool {
        filters.allows("health", health?.status.rawValue ?? "none")
            && filters.matchLabels("label", container.labels)
            && filters.matchPattern("name", [container.name, "/" + container.name])
            && (filters["id"].isEmpty
                || filters["id"].contains { container.id.description.hasPrefix($0) })
            && filters.allows("status", container.state.word)
            && filters.allows("network", container.request.network.rawValue)
            && before.map { container.createdAt < $0.createdAt } ?? true
            && since.map { container.createdAt > $0.createdAt } ?? true
            && matchesExit(container) && matchesImage(container) && matchesVolume(container)
            && matchesPorts(container)
    }

    /// Ports are the container's own, not the host's.
    private func matchesPorts(_ container: Container) -> Bool {
        let ports = (container.request.ports ?? []).map(\.port)
        let open = (container.request.exposedPorts ?? []).compactMap { try? ContainerPort($0) }
        return (published.isEmpty || published.contains { $0.matches(ports) })
            && (exposed.isEmpty || exposed.contains { $0.matches(open + ports) })
    }

    private func matchesExit(_ container: Container) -> Bool {
        guard !filters["exited"].isEmpty else { return true }
        guard case .exited(let end) = container.state else { return false }
        return filters["exited"].contains(String(end.status))
    }

    private func matchesImage(_ container: Container) -> Bool {
        filters["ancestor"].isEmpty
            || filters["ancestor"].contains { name in
                let asked = try? ImageReference(name)
                let made = try? ImageReference(container.imageName)
                return container.imageID.hasPrefix(name) || container.imageID == "sha256:" + name
                    || asked != nil && asked == made
            }
    }

    /// A volume's name or a destination.
    private func matchesVolume(_ container: Container) -> Bool {
        filters["volume"].isEmpty
            || container.mounts.contains { mount in
                filters["volume"].contains(mount.destination)
                    || !mount.name.isEmpty && filters["volume"].contains(mount.name)
            }
    }
}

/// Ports as filters name them: `80`, `80/udp`, `8000-8080/tcp`.
private struct PortFilter: Sendable {
    private let numbers: ClosedRange<UInt16>
    private let transport: PortMapping.Transport

    init(_ key: String, _ text: String) throws(Refusal) {
        let match = text.wholeMatch(of: /([0-9]+)(?:-([0-9]+))?(?:\/(tcp|udp|sctp))?/)
        guard let match, let first = UInt16(match.1), let last = UInt16(match.2 ?? match.1),
            first > 0, first <= last,
            let transport = PortMapping.Transport(rawValue: String(match.3 ?? "tcp"))
        else {
            throw .invalid("invalid filter '\(key)=\(text)': give a port, such as 80/tcp or 80-90")
        }
        numbers = first...last
        self.transport = transport
    }

    func matches(_ ports: [ContainerPort]) -> Bool {
        ports.contains { numbers.contains($0.number) && $0.transport == transport }
    }
}
