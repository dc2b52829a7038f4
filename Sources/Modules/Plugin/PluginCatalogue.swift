import FoundationEssentials
import Linux
public import Logging
import Synchronization
public import Volumes

/// The plugins of this host, as they come and go.
///
/// Nothing is asked of a plugin before it is needed, but for the handshake, which tells what it is.
public final class PluginCatalogue: DriverSource {
    private let files: PluginFiles
    private let settings: PluginSettings
    private let logger: Logger
    private let plugins = Mutex<[String: PluginDriver]>([:])
    /// Rings when there is a plugin to know about.
    private let arrivals = Bell()

    /// - Parameters:
    ///   - directories: Where plugins are announced, by sockets or by files, in order of weight.
    ///   - ownSockets: Those that we serve: never plugins to us.
    public init(
        directories: [String], ownSockets: [String], settings: PluginSettings = PluginSettings(),
        logger: Logger
    ) {
        files = PluginFiles(directories: directories, own: ownSockets)
        self.settings = settings
        self.logger = logger
    }

    // MARK: - Life

    private static let pause = Duration.seconds(10)

    /// Follows what happens in the directories until the task is cancelled, and asks plugins that
    /// failed whether they are well again.
    public func run() async {
        let watch: DirectoryWatch
        do {
            watch = try DirectoryWatch()
        } catch {
            logger.warning(
                "plugins that come and go are noticed late", metadata: ["reason": "\(error)"])
            return await lookNowAndThen(nil)
        }
        await look(watch)
        await withTaskGroup { group in
            group.addTask { for await _ in watch.events { await self.look(watch) } }
            group.addTask { await self.lookNowAndThen(watch) }
        }
    }

    private func lookNowAndThen(_ watch: DirectoryWatch?) async {
        while !Task.isCancelled {
            // Without plugins, and with a watch that tells of the first, there is nothing to do.
            guard watch == nil || !plugins.withLock(\.isEmpty) else {
                await arrivals.wait()
                continue
            }
            try? await Task.sleep(for: Self.pause)
            await look(watch)
        }
    }

    private func look(_ watch: DirectoryWatch?) async {
        await look { watch?.watch($0) }
        await withTaskGroup { group in
            for driver in known where driver.plugin.needsProbe {
                group.addTask { try? await driver.plugin.probe() }
            }
        }
    }

    /// Looks at the directories once; `watch` is told of each before.
    private func look(_ watch: @escaping @Sendable (String) -> Void = { _ in }) async {
        let files = files
        let found = try? await Blocking.run("look for plugins", seconds: 10) {
            for directory in files.watched() { watch(directory) }
            return files.all()
        }
        guard let found else { return }
        let changed = plugins.withLock { plugins in
            for name in found.keys where plugins[name] == nil { plugins[name] = make(name) }
            let changed = plugins.values.filter { $0.plugin.announce(found[$0.name]) }
            plugins = plugins.filter { $0.value.plugin.isThere || $0.value.plugin.isExpected }
            return changed
        }
        if !changed.isEmpty { arrivals.ring() }
        for driver in changed.sorted(by: { $0.name < $1.name }) { tell(driver.plugin) }
    }

    private func tell(_ plugin: Plugin) {
        let report = plugin.report
        guard plugin.isThere else {
            let line = plugin.isExpected ? "a plugin that volumes need has gone" : "plugin has gone"
            return logger.log(
                level: plugin.isExpected ? .warning : .info, "\(line)",
                metadata: ["plugin": "\(plugin.name)"])
        }
        logger.info(
            "plugin found", metadata: ["plugin": "\(plugin.name)", "file": "\(report.file)"])
    }

    private func make(_ name: String) -> PluginDriver { PluginDriver(Plugin(name, settings)) }

    private var known: [PluginDriver] {
        plugins.withLock { Array($0.values) }.sorted { $0.name < $1.name }
    }

    // MARK: - As a source of drivers

    public var drivers: [any Surveying] {
        known.filter { $0.plugin.isThere && $0.plugin.isFit }
    }

    public func driver(named name: String) -> (any Surveying)? {
        plugins.withLock { $0[name] }.flatMap { driver in
            let plugin = driver.plugin
            return plugin.isExpected || (plugin.isThere && plugin.isFit) ? driver : nil
        }
    }

    public func expect(_ name: String) {
        plugins.withLock { plugins in
            let driver = plugins[name] ?? make(name)
            driver.plugin.expect()
            plugins[name] = driver
        }
        arrivals.ring()
    }

    public func lookFor(_ name: String) async {
        if plugins.withLock({ $0[name] })?.plugin.isThere != true { await look() }
        // It is fit until it says otherwise; what fails here, the caller's own calls will say.
        try? await plugins.withLock({ $0[name] })?.plugin.handshakeIfThere()
    }

    public var reports: [PluginReport] { known.map(\.plugin.report) }
}

extension Plugin {
    fileprivate func handshakeIfThere() async throws {
        if isThere { try await handshake(.usual) }
    }

    /// Asks a plugin that failed, or that nobody knows yet, who it is.
    fileprivate func probe() async throws {
        forgetFailure()
        try await handshake(.list)
    }
}
