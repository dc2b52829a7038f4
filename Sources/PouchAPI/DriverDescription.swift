/// A volume driver and the options it accepts: `GET /drivers`, ours alone.
public struct DriverDescription: Codable, Hashable, Sendable {
    /// An option of `volume create`.
    public struct Option: Codable, Hashable, Sendable {
        public var name: String
        public var meaning: String
        /// What holds when it is not given, in words.
        public var `default`: String?

        public init(name: String, meaning: String, default: String? = nil) {
            self.name = name
            self.meaning = meaning
            self.default = `default`
        }

        private enum CodingKeys: String, CodingKey {
            case name = "Name"
            case meaning = "Meaning"
            case `default` = "Default"
        }
    }

    public var name: String
    public var scope: String
    /// Sorted by name.
    public var options: [Option]

    public init(name: String, scope: String, options: [Option]) {
        self.name = name
        self.scope = scope
        self.options = options
    }

    private enum CodingKeys: String, CodingKey {
        case name = "Name"
        case scope = "Scope"
        case options = "Options"
    }
}
