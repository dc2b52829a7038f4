/// One line of the answer to `GET /events`.
public struct EventMessage: Codable, Hashable, Sendable {
    /// What it happened to.
    public struct Actor: Codable, Hashable, Sendable {
        /// An id; of a volume its name.
        public var id: String
        public var attributes: [String: String]

        public init(id: String, attributes: [String: String]) {
            self.id = id
            self.attributes = attributes
        }

        private enum CodingKeys: String, CodingKey {
            case id = "ID"
            case attributes = "Attributes"
        }
    }

    /// As ``action``, for old clients; containers and images have it.
    public var status: String?
    /// The actor's id, for old clients; containers and images have it.
    public var id: String?
    /// A container's image, for old clients.
    public var from: String?
    /// `container`, `image`, `network` or `volume`.
    public var type: String
    public var action: String
    public var actor: Actor
    public var scope = "local"
    /// Seconds since 1970.
    public var time: Int64
    /// Nanoseconds since 1970.
    public var timeNano: Int64

    public init(type: String, action: String, actor: Actor, timeNano: Int64) {
        self.type = type
        self.action = action
        self.actor = actor
        self.timeNano = timeNano
        time = timeNano / 1_000_000_000
    }

    private enum CodingKeys: String, CodingKey {
        case status, id, from, scope, time, timeNano
        case type = "Type"
        case action = "Action"
        case actor = "Actor"
    }
}
