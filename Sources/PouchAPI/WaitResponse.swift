/// Answers `POST /containers/{id}/wait`, once the container has ended.
public struct WaitResponse: Codable, Hashable, Sendable {
    /// Why waiting could not go on.
    public struct Failure: Codable, Hashable, Sendable {
        public var message: String

        public init(message: String) {
            self.message = message
        }

        private enum CodingKeys: String, CodingKey {
            case message = "Message"
        }
    }

    public var statusCode: Int
    public var error: Failure?

    public init(statusCode: Int, error: Failure? = nil) {
        self.statusCode = statusCode
        self.error = error
    }

    private enum CodingKeys: String, CodingKey {
        case statusCode = "StatusCode"
        case error = "Error"
    }
}
