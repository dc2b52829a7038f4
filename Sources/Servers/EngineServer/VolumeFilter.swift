import Volumes

/// Which volumes a list shows.
struct VolumeFilter: Sendable {
    private let filters: Filters
    private let dangling: Bool?

    init(_ filters: Filters) throws(Refusal) {
        try filters.allow(["dangling", "driver", "label", "name"])
        self.filters = filters
        dangling = try filters.flag("dangling")
    }

    func matches(_ volume: Volume, isDangling: () -> Bool) -> Bool {
        filters.allows("driver", volume.driver)
            && filters.matchLabels("label", volume.labels ?? [:])
            && filters.matchPattern("name", [volume.name.description])
            && (dangling.map { $0 == isDangling() } ?? true)
    }
}
