/// What a daemon tells clients about itself.
public struct Identity: Hashable, Sendable {
    public let version: String
    /// Its home directory.
    public let home: String

    public init(version: String, home: String) {
        self.version = version
        self.home = home
    }
}
