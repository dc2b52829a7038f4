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

    @Flag(name: .shortAndLong, help: "Give it a terminal.")
    var tty = false

    @Flag(name: .shortAndLong, help: "It reads what you type.")
    var interactive = false

    @Option(
        name: .shortAndLong, parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "A variable; the name alone passes on yours; repeat for more.",
            valueName: "name=value"))
    var env: [String] = []

    @Option(
        help: ArgumentHelp("A file with a variable on each line.", valueName: "file"),
        completion: .file())
    var envFile: [String] = []

    @Option(
        name: [.customShort("w", allowingJoined: true), .customLong("workdir")],
        help: ArgumentHelp("Where its process begins.", valueName: "directory"))
    var workdir: String?

    @Option(
        name: [.customShort("u", allowingJoined: true), .customLong("user")],
        help: ArgumentHelp("Who its process is, by names or numbers.", valueName: "user:group"))
    var user: String?

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

    @Argument(help: "The image's name or id.", completion: .imageNames)
    var image: String

    @Argument(
        parsing: .captureForPassthrough,
        help: "What runs instead of the image's command, and its arguments.")
    var command: [String] = []

    @OptionGroup(title: "Limits") var limits: LimitOptions

    @OptionGroup(title: "Powers") var powers: PowerOptions

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
        return ContainerCreateRequest(
            config: try configuration(), hostConfig: host,
            limits: limits == HostLimits() ? nil : limits)
    }

    private func configuration() throws -> ContainerConfig {
        var config = ContainerConfig(image: image, cmd: command.isEmpty ? nil : command)
        let environment = try Environment.entries(given: env, inFiles: envFile)
        config.env = environment.isEmpty ? nil : environment
        config.entrypoint = entrypoint.map { [$0] }
        config.user = user
        config.workingDir = workdir
        config.hostname = hostname
        config.exposedPorts = networking.exposedPorts
        config.labels = Dictionary(label)
        config.tty = tty ? true : nil
        if interactive {
            config.openStdin = true
            config.stdinOnce = true
            config.attachStdin = true
        }
        config.attachStdout = true
        config.attachStderr = true
        config.stopSignal = stopSignal
        return config
    }
}
