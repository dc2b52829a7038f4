public import FoundationEssentials

/// An image that this host has.
public struct Image: Hashable, Sendable {
    /// The digest of the image's configuration: `sha256:…`, what docker calls the image ID.
    public let id: String
    /// Full names with tags, such as `docker.io/library/busybox:latest`, sorted.
    public let names: [String]
    /// Digests by which it was pulled, such as `docker.io/library/busybox@sha256:…`.
    public let digests: [String]
    /// Bytes of all blobs.
    public let size: Int64
    public let createdAt: Date?
    /// The topmost layer's chain id: what a container's layer is made over.
    public let chainID: String
    public let configuration: ImageConfiguration
    /// Its layers, the lowest first.
    public let layers: [ImageLayer]
    /// How it was made, the oldest step first.
    public let history: [ImageStep]

    public init(
        id: String, names: [String], digests: [String], size: Int64, createdAt: Date?,
        chainID: String, configuration: ImageConfiguration, layers: [ImageLayer] = [],
        history: [ImageStep] = []
    ) {
        self.id = id
        self.names = names
        self.digests = digests
        self.size = size
        self.createdAt = createdAt
        self.chainID = chainID
        self.configuration = configuration
        self.layers = layers
        self.history = history
    }
}

/// A layer of an image.
public struct ImageLayer: Hashable, Sendable {
    /// The digest of what is in it, not compressed.
    public let id: String
    /// Bytes, as it came.
    public let size: Int64

    public init(id: String, size: Int64) {
        self.id = id
        self.size = size
    }
}

/// A step that somebody took to make an image.
public struct ImageStep: Hashable, Sendable {
    public let createdAt: Date?
    /// The command.
    public let command: String
    public let comment: String
    /// Bytes that it added.
    public let size: Int64

    public init(createdAt: Date?, command: String, comment: String, size: Int64) {
        self.createdAt = createdAt
        self.command = command
        self.comment = comment
        self.size = size
    }
}

/// What an image says about how to run it (the OCI image specification's `config`).
public struct ImageConfiguration: Hashable, Sendable {
    public var entrypoint: [String]
    public var command: [String]
    public var environment: [String]
    public var user: String
    public var workingDirectory: String
    public var labels: [String: String]
    /// Paths that get an anonymous volume, sorted.
    public var volumes: [String]
    public var stopSignal: String?
    /// What its program listens on, `80/tcp` each, sorted.
    public var ports: [String] = []
    /// Whether what runs works.
    public var health: HealthRequest?
    public var architecture: String
    public var os: String

    public init(
        entrypoint: [String] = [], command: [String] = [], environment: [String] = [],
        user: String = "", workingDirectory: String = "", labels: [String: String] = [:],
        volumes: [String] = [], stopSignal: String? = nil, architecture: String = "",
        os: String = "linux"
    ) {
        self.entrypoint = entrypoint
        self.command = command
        self.environment = environment
        self.user = user
        self.workingDirectory = workingDirectory
        self.labels = labels
        self.volumes = volumes
        self.stopSignal = stopSignal
        self.architecture = architecture
        self.os = os
    }
}

/// How far a pull has come, one blob at a time.
public struct PullProgress: Hashable, Sendable {
    /// The blob's short digest, or the image's name for lines about the whole.
    public let id: String
    /// What docker's client shows: `Pulling fs layer`, `Downloading`, `Pull complete`, …
    public let status: String
    public let current: Int64
    public let total: Int64

    public init(id: String, status: String, current: Int64 = 0, total: Int64 = 0) {
        self.id = id
        self.status = status
        self.current = current
        self.total = total
    }
}

/// One thing that removing an image did.
public enum ImageRemoval: Hashable, Sendable {
    case untagged(String)
    case deleted(String)
}
