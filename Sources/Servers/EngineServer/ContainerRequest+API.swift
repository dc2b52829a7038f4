import Containers
import PouchAPI

/// What clients ask of a container, as the engine understands it.
extension ContainerRequest {
    /// `usualNetwork` is what a container gets that names none.
    init(_ asked: ContainerCreateRequest, name: String?, usualNetwork: Network) throws {
        let config = asked.config
        guard let image = config.image, !image.isEmpty else {
            throw Refusal.invalid("field Image is missing: name an image")
        }
        try refuse(asked.others)
        self.init(image: image)
        // Docker's clients may write names as they are shown.
        self.name = name.map { $0.hasPrefix("/") ? String($0.dropFirst()) : $0 }
        command = config.cmd
        entrypoint = config.entrypoint
        environment = config.env ?? []
        user = config.user.nonEmpty
        workingDirectory = config.workingDir.nonEmpty
        hostname = config.hostname.nonEmpty
        labels = config.labels ?? [:]
        isTerminal = config.tty ?? false
        opensStdin = config.openStdin ?? false
        closesStdinOnce = config.stdinOnce ?? false
        attachesStdin = config.attachStdin ?? false
        attachesStdout = config.attachStdout ?? false
        attachesStderr = config.attachStderr ?? false
        volumes = (config.volumes ?? [:]).keys.sorted()
        stopSignal = config.stopSignal.nonEmpty
        stopTimeout = config.stopTimeout
        health = try config.healthcheck.map { try HealthRequest($0) }
        diskQuota = try DiskQuota(config.diskQuota ?? [:], id: config.quotaID ?? "")
        try apply(asked.hostConfig ?? HostConfig())
        try apply(asked.limits ?? HostLimits())
        try applyNetwork(of: asked, usual: usualNetwork)
    }

    private mutating func apply(_ host: HostConfig) throws {
        binds = host.binds ?? []
        mounts = try (host.mounts ?? []).map { try RequestedMount($0) }
        tmpfs = host.tmpfs
        volumesFrom = host.volumesFrom
        volumeDriver = host.volumeDriver.nonEmpty
        removesItself = host.autoRemove ?? false
        hasReadOnlyRoot = host.readonlyRootfs ?? false
    }
}

/// What is asked for is either done or refused, never ignored.
func refuse(_ fields: [String]) throws(Refusal) {
    guard let field = fields.first else { return }
    throw .unsupported("\(field) is not supported: leave it out")
}

extension String? {
    /// Docker's clients write "" for what was left unsaid.
    var nonEmpty: String? { flatMap { $0.isEmpty ? nil : $0 } }
}
