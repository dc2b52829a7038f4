/// Answers `GET /version`.
public struct Version: Codable, Hashable, Sendable {
    /// A part of the daemon that has a version of its own.
    public struct Component: Codable, Hashable, Sendable {
        public var name: String
        public var version: String
        /// What else there is to say about it, in Docker's words.
        public var details: [String: String]?

        public init(name: String, version: String, details: [String: String]? = nil) {
            self.name = name
            self.version = version
            self.details = details
        }

        private enum CodingKeys: String, CodingKey {
            case name = "Name"
            case version = "Version"
            case details = "Details"
        }
    }

    public var components: [Component]
    public var version: String
    /// The newest version of Docker's Engine API whose rules hold.
    public var apiVersion: String
    public var minAPIVersion: String
    public var os: String
    public var architecture: String
    public var kernelVersion: String

    public init(
        components: [Component], version: String, apiVersion: String, minAPIVersion: String,
        os: String, architecture: String, kernelVersion: String
    ) {
        self.components = components
        self.version = version
        self.apiVersion = apiVersion
        self.minAPIVersion = minAPIVersion
        self.os = os
        self.architecture = architecture
        self.kernelVersion = kernelVersion
    }

    private enum CodingKeys: String, CodingKey {
        case components = "Components"
        case version = "Version"
        case apiVersion = "ApiVersion"
        case minAPIVersion = "MinAPIVersion"
        case os = "Os"
        case architecture = "Arch"
        case kernelVersion = "KernelVersion"
    }
}
