/// `{}`: the value of maps that are really sets of their keys.
public struct Empty: Codable, Hashable, Sendable {
    public init() {}
}
