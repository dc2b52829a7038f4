import Containers

/// Which containers a list shows.
struct ContainerFilter: Sendable {
    private let filters: Filters

    init(_ filters: Filters) throws(Refusal) {
        try filters.allow([
            "ancestor", "exited", "health", "id", "label", "name", "status", "volume",
        ])
        self.filters = filters
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
