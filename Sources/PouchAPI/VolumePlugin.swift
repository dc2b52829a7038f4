/// A volume plugin of Docker's protocol that pouchd uses: `GET /volume-plugins`, ours alone.
public struct VolumePlugin: Codable, Hashable, Sendable {
    public var name: String
    /// The file that announces it; empty when it is missing.
    public var file: String
    /// Where it is asked: `unix:///PATH`, `http://HOST` or `https://HOST`.
    public var address: String
    /// `healthy`, `failing`, `unknown`, `missing` or `unfit`.
    public var health: String
    public var scope: String
    /// How many volumes of it pouchd keeps a record of.
    public var volumes: Int
    /// Why its last call that failed did; nil if none has since pouchd started.
    public var lastError: String?
    /// RFC 3339, in UTC.
    public var lastErrorAt: String?

    public init(
        name: String, file: String, address: String, health: String, scope: String, volumes: Int,
        lastError: String? = nil, lastErrorAt: String? = nil
    ) {
        self.name = name
        self.file = file
        self.address = address
        self.health = health
        self.scope = scope
        self.volumes = volumes
        self.lastError = lastError
        self.lastErrorAt = lastErrorAt
    }

    private enum CodingKeys: String, CodingKey {
        case name = "Name"
        case file = "File"
        case address = "Address"
        case health = "Health"
        case scope = "Scope"
        case volumes = "Volumes"
        case lastError = "LastError"
        case lastErrorAt = "LastErrorAt"
    }
}
