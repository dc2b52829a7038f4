import Containers
import PouchAPI

/// Which events a client wants to see.
struct EventFilter: Sendable {
    private static let keys: Set = [
        "container", "daemon", "event", "image", "label", "network", "plugin", "scope", "type",
        "volume",
    ]

    private let filters: Filters

    init(_ filters: Filters) throws(Refusal) {
        try filters.allow(Self.keys)
        self.filters = filters
    }

    func matches(_ message: EventMessage) -> Bool {
        // What follows a colon is a detail: `health_status: healthy`.
        let action = String(message.action.prefix { $0 != ":" })
        return filters.allows("type", message.type)
            && (filters.allows("event", message.action) || filters.allows("event", action))
            && filters.allows("scope", message.scope)
            && filters.matchLabels("label", message.actor.attributes)
            && names(message, "container") && names(message, "volume")
            && names(message, "network") && names(message, "plugin") && names(message, "daemon")
            && namesImage(message)
    }

    /// Whether one of the values of the key `type` is the name or the beginning of the id of what it
    /// happened to.
    private func names(_ message: EventMessage, _ type: String) -> Bool {
        let values = filters[type]
        guard !values.isEmpty else { return true }
        guard message.type == type else { return false }
        let name = message.actor.attributes["name"]
        return values.contains { value in
            message.actor.id.hasPrefix(value) || name == value || name.map { "/" + $0 } == value
        }
    }

    /// Images, and containers that were made from them.
    private func namesImage(_ message: EventMessage) -> Bool {
        let values = filters["image"]
        guard !values.isEmpty else { return true }
        let attributes = message.actor.attributes
        let own = message.type == "image" ? [message.actor.id, attributes["name"]] : []
        let known = (own + [attributes["image"]]).compactMap { $0 }
        return values.contains { value in
            known.contains { name in
                name == value || Self.repository(of: name) == value
                    || name.hasPrefix("sha256:" + value)
            }
        }
    }

    private static func repository(of name: String) -> String? {
        (try? ImageReference(name))?.familiarRepository
    }
}
