import Containers

/// Which containers a list shows.
struct ContainerFilter: Sendable {
    private let filters: Filters
    /// Only those made before the one are shown, and after the other.
    private let before: Container?
    private let since: Container?

    init(_ filters: Filters, among containers: ContainerManager) throws {
        try filters.allow([
            "ancestor", "before", "exited", "health", "id", "label", "name", "network", "since",
            "status", "volume",
        ])
        self.filters = filters
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
