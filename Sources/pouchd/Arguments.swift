import ArgumentParser
import Networks

/// What can be said on the command line; all of it can be said in the configuration file too.
struct Arguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where volumes, images and records are kept. (default: \(Configuration.defaultHome))",
            valueName: "dir"))
    var homeDir: String?

    @Option(
        help: ArgumentHelp(
            "Where sockets and mount points are. (default: \(Configuration.defaultState))",
            valueName: "dir"))
    var stateDir: String?

    @Option(
        help: ArgumentHelp(
            """
            Where tmpfs volumes are mounted. (default: \(Configuration.defaultTmpfs) with the \
            default home directory, else tmpfs in the state directory)
            """,
            valueName: "dir"))
    var tmpfsDir: String?

    @Option(
        help: ArgumentHelp(
            "A socket to serve; repeat for more. (default: \(Configuration.defaultListen))",
            valueName: "unix:///path"))
    var listen: [String] = []

    @Option(
        help: ArgumentHelp(
            "The socket of a containerd to use. (default: a private one is started when needed)",
            valueName: "socket"))
    var containerd: String?

    @OptionGroup var plugins: PluginArguments

    @OptionGroup var csi: CSIArguments

    @Option(
        help: ArgumentHelp(
            "The limit of local volumes that are given none, such as 10G. (default: no limit)",
            valueName: "size"))
    var defaultSize: String?

    @Option(
        help: ArgumentHelp(
            """
            on: have a btrfs under the home directory count its subvolumes, so that their limits \
            hold. (default: off)
            """,
            valueName: "on|off"))
    var btrfsQuota: String?

    @Option(
        help: ArgumentHelp(
            """
            The bridge that pouchd makes for containers while there are any on it, or none. \
            (default: \(NetworkSettings.defaultBridge))
            """,
            valueName: "name"))
    var bridge: String?

    @Option(
        help: ArgumentHelp(
            "Its addresses, such as 10.99.0.0/16. (default: some that this host has no route to)",
            valueName: "subnet"))
    var bridgeSubnet: String?

    @Option(
        help: ArgumentHelp(
            "trace, debug, info, notice, warning, error or critical. (default: info)",
            valueName: "level"))
    var logLevel: String?

    @Option(
        help: ArgumentHelp(
            "The configuration file: JSON with these words as keys. "
                + "(default: \(Configuration.defaultFile), if it is there)",
            valueName: "file"))
    var configFile: String?
}

/// What concerns volume plugins of Docker's protocol: those that we use, and us as one.
struct PluginArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Serve volumes to dockerd or podman on this socket, such as \
            /run/docker/plugins/pouch.sock. (default: not served)
            """,
            valueName: "socket"))
    var dockerPlugin: String?

    @Option(
        help: ArgumentHelp(
            """
            Where volume plugins are looked for; repeat for more. (default: Docker's and Pouch's \
            directories with the default home directory, else plugins in the state directory)
            """,
            valueName: "dir"))
    var pluginDir: [String] = []

    @Option(
        help: ArgumentHelp(
            "How long a plugin may take to create or mount a volume. (default: 120)",
            valueName: "seconds"))
    var pluginTimeout: String?

    @Option(
        help: ArgumentHelp(
            "How long a list or a search waits for a plugin. (default: 5)", valueName: "seconds"))
    var pluginListTimeout: String?

    @Option(
        help: ArgumentHelp(
            "How often a plugin is asked again where that does no harm. (default: 3)",
            valueName: "number"))
    var pluginRetries: String?

    @Option(
        help: ArgumentHelp(
            "How long a container's start waits for a plugin that is not there. (default: 30)",
            valueName: "seconds"))
    var pluginWait: String?
}

/// What concerns us as a plugin of the Container Storage Interface.
struct CSIArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Serve volumes to Kubernetes or Nomad on this socket. (default: what CSI_ENDPOINT says, \
            else not served)
            """,
            valueName: "unix:///path.sock"))
    var csiEndpoint: String?

    @Option(
        help: ArgumentHelp(
            "What they call this host; must never change. (default: the host's name)",
            valueName: "name"))
    var csiNode: String?
}
