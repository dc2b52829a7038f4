import Glibc
import Logging
import Networks
import VolumeModules
import Volumes

/// What a daemon was told, by its command line and its configuration file together.
struct Configuration: Hashable, Sendable {
    static let defaultHome = "/var/lib/pouch"
    static let defaultState = "/run/pouch"
    static let defaultTmpfs = "/mnt/tmpfs"
    static let defaultListen = "unix:///run/pouchd.sock"
    static let defaultFile = "/etc/pouch/config.json"

    static let defaultPluginDirectories = [
        "/run/docker/plugins", "/run/pouch/plugins", "/etc/docker/plugins",
        "/usr/lib/docker/plugins", "/etc/pouch/plugins", "/var/lib/pouch/plugins",
    ]

    /// What lasts.
    let home: String
    /// What a reboot may take.
    let state: String
    /// Where tmpfs volumes are mounted.
    let tmpfs: String
    /// Paths of unix sockets.
    let sockets: [String]
    /// The socket of a containerd that somebody else runs; nil for a private one.
    let containerd: String?
    /// The limit of local volumes that are given none; nil for no limit.
    let defaultSize: ByteCount?
    /// Whether a btrfs under the home is made to count its subvolumes.
    let countsSubvolumes: Bool
    /// The name of the bridge for containers; nil for none.
    let bridge: String?
    /// Nil takes one that is free.
    let bridgeSubnet: Subnet?
    let logLevel: Logger.Level
    /// The socket on which we are a plugin ourselves; nil if we are none.
    let dockerPlugin: String?
    /// Where plugins are looked for.
    let pluginDirectories: [String]
    let plugins: PluginSettings
    let ceph: CephSettings
    /// Where we are a CSI plugin; nil if we are none.
    let csi: CSISettings?

    /// - Parameter endpoint: What the environment's CSI_ENDPOINT says.
    init(
        _ arguments: Arguments,
        endpoint: String? = getenv("CSI_ENDPOINT").map { String(cString: $0) }
    ) throws {
        let file = try ConfigurationFile(
            arguments.configFile ?? Self.defaultFile, isNamed: arguments.configFile != nil)
        let merge = Merge(file: file)
        home = try merge.path("home-dir", arguments.homeDir) ?? Self.defaultHome
        state = try merge.path("state-dir", arguments.stateDir) ?? Self.defaultState
        tmpfs =
            try merge.path("tmpfs-dir", arguments.tmpfsDir)
            ?? (home == Self.defaultHome ? Self.defaultTmpfs : state + "/tmpfs")
        containerd = try merge.path("containerd", arguments.containerd)
        defaultSize = try merge.size("default-size", arguments.defaultSize)
        countsSubvolumes = try merge.choice("btrfs-quota", arguments.btrfsQuota) ?? false
        let bridge = try merge.bridge(arguments.bridge)
        self.bridge = bridge == "none" ? nil : bridge
        bridgeSubnet = try merge.subnet(arguments.bridgeSubnet)
        sockets = try merge.sockets(arguments.listen)
        logLevel = try merge.level(arguments.logLevel)
        let plugins = arguments.plugins
        dockerPlugin = try merge.path("docker-plugin", plugins.dockerPlugin)
        pluginDirectories =
            try merge.paths("plugin-dir", plugins.pluginDir)
            ?? (home == Self.defaultHome
                ? Self.defaultPluginDirectories : [state + "/plugins"])
        self.plugins = try merge.settings(plugins)
        ceph = try merge.ceph()
        csi = try CSISettings(
            endpoint: merge.text("csi-endpoint", arguments.csi.csiEndpoint) ?? endpoint,
            node: merge.text("csi-node", arguments.csi.csiNode))
    }

    static func absolute(_ path: String, _ key: String) throws -> String {
        let parts = path.split(separator: "/")
        guard path.hasPrefix("/"), !parts.isEmpty, !parts.contains(".."), !parts.contains("."),
            path.unicodeScalars.allSatisfy({ $0.value >= 0x20 })
        else {
            throw ConfigurationError(
                "\(key) is \"\(path)\": give an absolute path without \".\" and \"..\"")
        }
        return parts.map { "/" + $0 }.joined()
    }

    /// Takes each setting from the one place that has it.
    private struct Merge {
        let file: ConfigurationFile

        func text(_ key: String, _ argument: String?) throws -> String? {
            guard let argument else { return file.texts[key] }
            guard file.texts[key] == nil else { throw twice(key) }
            return argument
        }

        func path(_ key: String, _ argument: String?) throws -> String? {
            guard let path = try text(key, argument) else { return nil }
            return try Configuration.absolute(path, key)
        }

        func size(_ key: String, _ argument: String?) throws -> ByteCount? {
            guard let text = try text(key, argument) else { return nil }
            do {
                return try ByteCount(text)
            } catch {
                throw ConfigurationError("\(key): \(error)")
            }
        }

        /// `on` or `off`.
        func choice(_ key: String, _ argument: String?) throws -> Bool? {
            guard let text = try text(key, argument) else { return nil }
            guard let choice = ["on": true, "off": false][text] else {
                throw ConfigurationError("\(key) is \"\(text)\": give on or off")
            }
            return choice
        }

        func bridge(_ argument: String?) throws -> String {
            let name = try text("bridge", argument) ?? NetworkSettings.defaultBridge
            guard name.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9_.-]{0,14}/) != nil else {
                throw ConfigurationError(
                    "bridge is \"\(name)\": give up to 15 letters, digits, \"_\", \".\" and \"-\", "
                        + "or none")
            }
            return name
        }

        func subnet(_ argument: String?) throws -> Subnet? {
            guard let word = try text("bridge-subnet", argument) else { return nil }
            guard let subnet = Subnet(word) else {
                throw ConfigurationError(
                    "bridge-subnet is \"\(word)\": give the lowest address of a range and its "
                        + "prefix, from /8 to /29, such as 10.99.0.0/16")
            }
            return subnet
        }

        func sockets(_ arguments: [String]) throws -> [String] {
            guard arguments.isEmpty || file.lists["listen"] == nil else { throw twice("listen") }
            let given = file.lists["listen"] ?? arguments
            return try (given.isEmpty ? [Configuration.defaultListen] : given).map(socket)
        }

        private func socket(_ address: String) throws -> String {
            guard !address.hasPrefix("tcp:") else {
                throw ConfigurationError(
                    "listen is \"\(address)\": over TCP anybody could become root, so only "
                        + "unix:///path is served")
            }
            guard address.hasPrefix("unix://") else {
                throw ConfigurationError("listen is \"\(address)\": give unix:///path")
            }
            return try Configuration.absolute(String(address.dropFirst("unix://".count)), "listen")
        }

        /// Nil if none are given.
        func paths(_ key: String, _ arguments: [String]) throws -> [String]? {
            guard arguments.isEmpty || file.lists[key] == nil else { throw twice(key) }
            let given = file.lists[key] ?? arguments
            return given.isEmpty ? nil : try given.map { try Configuration.absolute($0, key) }
        }

        func settings(_ arguments: PluginArguments) throws -> PluginSettings {
            var settings = PluginSettings()
            if let seconds = try number("plugin-timeout", arguments.pluginTimeout, from: 1) {
                settings.actionSeconds = seconds
                settings.questionSeconds = max(1, seconds / 2)
            }
            let list = try number("plugin-list-timeout", arguments.pluginListTimeout, from: 1)
            let retries = try number("plugin-retries", arguments.pluginRetries, from: 0)
            let wait = try number("plugin-wait", arguments.pluginWait, from: 0)
            settings.listSeconds = list ?? settings.listSeconds
            settings.retries = retries ?? settings.retries
            settings.waitSeconds = wait ?? settings.waitSeconds
            return settings
        }

        private func number(_ key: String, _ argument: String?, from least: Int) throws -> Int? {
            guard let text = try text(key, argument) else { return nil }
            guard let number = Int(text), (least...86_400).contains(number) else {
                throw ConfigurationError(
                    "\(key) is \"\(text)\": give a whole number from \(least) to 86400")
            }
            return number
        }

        func ceph() throws -> CephSettings {
            do {
                return try CephSettings(file.tables["ceph"] ?? [:])
            } catch {
                throw ConfigurationError("\(file.path): ceph: \(error)")
            }
        }

        func level(_ argument: String?) throws -> Logger.Level {
            guard let word = try text("log-level", argument) else { return .info }
            guard let level = Logger.Level(rawValue: word) else {
                let known = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
                throw ConfigurationError("log-level is \"\(word)\": use \(known)")
            }
            return level
        }

        private func twice(_ key: String) -> ConfigurationError {
            ConfigurationError("\(key) is given twice, by --\(key) and in \(file.path): keep one")
        }
    }
}
