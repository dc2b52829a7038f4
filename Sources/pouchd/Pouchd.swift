import ArgumentParser
import Containerd
import Containers
import EngineServer
import Glibc
import Linux
import Logging
import Networks
import PouchAPI
import SQLiteStore
import ServiceLifecycle
import UnixSignals
import VolumeModules
import Volumes

/// The daemon put together: the only place that knows every concrete part.
@main
struct Pouchd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pouchd",
        abstract: "Keep volumes, and give them to containers.",
        discussion: "Ask it with pouch. SIGTERM stops it; containers go on.",
        version: "pouchd \(release)")

    @OptionGroup var arguments: Arguments

    func run() async throws {
        do {
            let configuration = try Configuration(arguments)
            umask(0o022)
            // A client that hangs up is no reason to die.
            signal(SIGPIPE, SIG_IGN)
            try await serve(configuration)
        } catch {
            complain("pouchd: \(error)\n")
            throw ExitCode(error is ConfigurationError ? EX_USAGE : EXIT_FAILURE)
        }
    }

    private func complain(_ line: String) {
        _ = line.withCString { write(2, $0, strlen($0)) }
    }

    private func serve(_ configuration: Configuration) async throws {
        let logger = makeLogger(configuration.logLevel)
        let home = Home(path: configuration.home, state: configuration.state)
        let lock = try home.prepare()
        if configuration.countsSubvolumes { try home.countSubvolumes() }
        let store = try SQLiteStore(at: home.store, volumes: home.volumes)
        let surroundings = Surroundings(step: Fault.step, mountUsers: Self.mountUsers)
        let events = EventLog()
        let plugins = PluginCatalogue(
            directories: configuration.pluginDirectories,
            ownSockets: configuration.sockets + (configuration.dockerPlugin.map { [$0] } ?? []),
            settings: configuration.plugins, logger: logger)
        let ceph = CephDriver(
            directory: home.ceph, identity: home.identity, settings: configuration.ceph,
            logger: logger, step: Fault.step)
        let projects = ProjectIDs()
        let volumes = VolumeManager(
            store: store,
            drivers: drivers(home, configuration, plugins, ceph, projects, logger),
            porter: TarPorter(step: Fault.step),
            surroundings: surroundings, logger: logger, announce: { events.record($0) })
        let runtime = ContainerdRuntime(
            ContainerdSettings(
                home: home.path, state: home.state, socket: configuration.containerd),
            logger: logger)
        let containers = ContainerManager(
            store: store, volumes: volumes, runtime: runtime,
            networks: networks(home, configuration, logger),
            places: Places(
                home: home.path, state: home.state, scribe: try Scribe.path(),
                guarded: [configuration.tmpfs]),
            surroundings: surroundings, projects: projects, logger: logger,
            announce: { events.record($0) },
            announceImage: { events.record($0) })

        let doors = Doors(
            sockets: configuration.sockets, pluginSocket: configuration.dockerPlugin,
            csi: configuration.csi, volumes: volumes, containers: containers, events: events,
            home: home, logger: logger)
        try await run(
            [
                Part(running: runtime.run) { await stop(runtime, logger) },
                Part(running: plugins.run), Part(running: ceph.run), Part(running: volumes.run),
                Part(running: volumes.watch), Part(running: containers.run),
                Part(running: Self.staySmall), doors,
            ], logger)
        try store.close()
        withExtendedLifetime(lock) {}
        logger.info("stopped")
    }

    private func makeLogger(_ level: Logger.Level) -> Logger {
        var logger = Logger(label: "pouchd") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = level
        return logger
    }

    private func drivers(
        _ home: Home, _ configuration: Configuration, _ plugins: PluginCatalogue,
        _ ceph: CephDriver, _ projects: ProjectIDs, _ logger: Logger
    ) -> Drivers {
        let own = [home.path, home.state, configuration.tmpfs]
        let builtIn: [any Driver] = [
            LocalDriver(
                directory: home.volumes, trash: home.trash, quarantine: home.quarantine,
                images: home.images, mounts: home.imageMounts, ownDirectories: own,
                usualSize: configuration.defaultSize, projects: projects, logger: logger,
                step: Fault.step),
            TmpfsDriver(directory: configuration.tmpfs, ownDirectories: own),
            ceph,
        ]
        return Drivers(builtIn, and: plugins)
    }

    @Sendable private static func mountUsers(of path: String) async throws -> [String] {
        try await Blocking.run("look who has \(path) mounted", seconds: 60) {
            try MountUser.all(of: path).map(\.description)
        }
    }

    private func networks(
        _ home: Home, _ configuration: Configuration, _ logger: Logger
    ) -> any Networking {
        guard let bridge = configuration.bridge else {
            return NoNetworking(
                "pouchd was told to have no bridge: use --network host or none, or start it without "
                    + "--bridge none")
        }
        return BridgeNetworks(
            NetworkSettings(
                bridge: bridge, subnet: configuration.bridgeSubnet,
                state: home.state + "/networks"),
            logger: logger)
    }

    /// Parts are stopped in reverse order, so that each can still use those before it.
    private func run(_ parts: [any Service], _ logger: Logger) async throws {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: parts.map { part in
                    .init(
                        service: part, successTerminationBehavior: .gracefullyShutdownGroup,
                        failureTerminationBehavior: .gracefullyShutdownGroup)
                },
                gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet))
        try await group.run()
    }

    /// Of what ran once, such as what came with the first container, little runs again soon.
    @Sendable private static func staySmall() async {
        var before = Duration.zero
        while (try? await Task.sleep(for: .seconds(60))) != nil {
            let now = OwnTime.used
            if now - before > .milliseconds(100) { OwnMemory.giveBackCode() }
            before = now
        }
    }

    private func stop(_ runtime: ContainerdRuntime, _ logger: Logger) async {
        do {
            try await runtime.stop()
        } catch {
            logger.warning("containerd not stopped", metadata: ["reason": "\(error)"])
        }
    }
}
