/// The body of every answer that is an error.
public struct ErrorResponse: Codable, Hashable, Sendable {
    public var message: String

    public init(message: String) {
        self.message = message
    }
}
