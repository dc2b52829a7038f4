import ArgumentParser
import FoundationEssentials
import PouchAPI

/// What a new container is to be, as `run` and `create` read it.
struct ContainerOptions: ParsableArguments {
    @Option(help: "The container's name.")
    var name: String?

    @OptionGroup var mounts: MountOptions

    @Option(
        name: [.customLong("network"), .customLong("net")],
        help: ArgumentHelp(
            "bridge, host or none; bridge unless said, where there is one.", valueName: "network"))
    var network: String?

    @OptionGroup var networking: NetworkOptions

    @OptionGroup var process: ProcessOptions

    @Option(help: ArgumentHelp("What runs instead of the image's entrypoint.", valueName: "path"))
    var entrypoint: String?

    @Option(
        name: .shortAndLong, parsing: .unconditionalSingleValue,
        help: ArgumentHelp("A label; repeat for more.", valueName: "name=value"),
        transform: KeyValue.label)
    var label: [KeyValue] = []

    @Option(name: .shortAndLong, help: "Its host name.")
    var hostname: String?

    @Flag(help: "It can write nowhere but to its volumes.")
    var readOnly = false

    @Option(help: ArgumentHelp("What asks it to end.", valueName: "signal"))
    var stopSignal: String?

    @Option(
        help: ArgumentHelp(
            "How long it may take to end before it is killed; 10 unless said.",
            valueName: "seconds"))
    var stopTimeout: Int?

    @OptionGroup var log: LogOptions

    @Argument(help: "The image's name or id.", completion: .imageNames)
    var image: String

    @Argument(
        parsing: .captureForPassthrough,
        help: "What runs instead of the image's command, and its arguments.")
    var command: [String] = []

    @OptionGroup(title: "Limits") var limits: LimitOptions

    @OptionGroup(title: "Limits") var quota: QuotaOptions

    @OptionGroup(title: "Powers") var powers: PowerOptions

    @OptionGroup(title: "Health") var health: HealthOptions

    /// What is asked of the daemon.
    func request(removed: Bool) throws -> ContainerCreateRequest {
        var host = HostConfig()
        mounts.apply(to: &host)
        host.networkMode = network
        networking.apply(to: &host)
        host.autoRemove = removed ? true : nil
        host.readonlyRootfs = readOnly ? true : nil
        var limits = try self.limits.limits
        try powers.add(to: &limits)
        limits.logConfig = log.configuration
        return ContainerCreateRequest(
            config: try configuration(), hostConfig: host,
            limits: limits == HostLimits() ? nil : limits)
    }

    private func configuration() throws -> ContainerConfig {
        var config = ContainerConfig(image: image, cmd: command.isEmpty ? nil : command)
        let environment = try process.environment
        config.env = environment.isEmpty ? nil : environment
        config.entrypoint = entrypoint.map { [$0] }
        config.user = process.user
        config.workingDir = process.workdir
        config.hostname = hostname
        config.exposedPorts = networking.exposedPorts
        config.labels = Dictionary(label)
        config.tty = process.tty ? true : nil
        if process.interactive {
            config.openStdin = true
            config.stdinOnce = true
            config.attachStdin = true
        }
        config.attachStdout = true
        config.attachStderr = true
        config.stopSignal = stopSignal
        config.stopTimeout = stopTimeout
        config.healthcheck = try health.configuration
        try quota.apply(to: &config)
        return config
    }
}
