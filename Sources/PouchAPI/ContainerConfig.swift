/// What a container runs. What is nil is left unsaid: the image decides.
public struct ContainerConfig: Codable, Hashable, Sendable {
    public var image: String?
    public var cmd: [String]?
    public var entrypoint: [String]?
    /// `NAME=value` each.
    public var env: [String]?
    public var user: String?
    public var workingDir: String?
    public var hostname: String?
    public var domainname: String?
    public var labels: [String: String]?
    public var tty: Bool?
    public var openStdin: Bool?
    public var stdinOnce: Bool?
    public var attachStdin: Bool?
    public var attachStdout: Bool?
    public var attachStderr: Bool?
    /// Paths that get an anonymous volume each.
    public var volumes: [String: Empty]?
    /// What its program listens on: `80/tcp` each.
    public var exposedPorts: [String: Empty]?
    public var stopSignal: String?
    /// Seconds.
    public var stopTimeout: Int?
    public var healthcheck: HealthConfig?
    /// Sizes by what they limit: `/`, a volume's path, paths joined by `&`, a regular expression.
    public var diskQuota: [String: String]?
    /// The project that `diskQuota` is counted in; 0 or empty for one of each, -1 for any.
    public var quotaID: String?

    public init(image: String? = nil, cmd: [String]? = nil) {
        self.image = image
        self.cmd = cmd
    }

    private enum CodingKeys: String, CodingKey {
        case image = "Image"
        case cmd = "Cmd"
        case entrypoint = "Entrypoint"
        case env = "Env"
        case user = "User"
        case workingDir = "WorkingDir"
        case hostname = "Hostname"
        case domainname = "Domainname"
        case labels = "Labels"
        case tty = "Tty"
        case openStdin = "OpenStdin"
        case stdinOnce = "StdinOnce"
        case attachStdin = "AttachStdin"
        case attachStdout = "AttachStdout"
        case attachStderr = "AttachStderr"
        case volumes = "Volumes"
        case exposedPorts = "ExposedPorts"
        case stopSignal = "StopSignal"
        case stopTimeout = "StopTimeout"
        case healthcheck = "Healthcheck"
        case diskQuota = "DiskQuota"
        case quotaID = "QuotaId"
    }
}
