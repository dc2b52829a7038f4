import ArgumentParser
import PouchAPI
import PouchClient

/// Lists volume plugins.
struct PluginList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List volume plugins, and how each does.",
        discussion: """
            HEALTH is healthy; failing, if the last call failed; unknown, if it was not asked yet;
            missing, if volumes need it and it is not there; unfit, if it is not for volumes.

            EXAMPLE
              pouch plugin ls
              pouch plugin ls -q
            """,
        aliases: ["list"])

    @OptionGroup var show: ShowOptions

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        let plugins = try await daemon.client.volumePlugins()
        let listing = Listing(
            columns: [
                Listing.Column(header: "PLUGIN", field: "Name"),
                Listing.Column(header: "HEALTH", field: "Health"),
                Listing.Column(header: "SCOPE", field: "Scope"),
                Listing.Column(header: "VOLUMES", field: "Volumes"),
                Listing.Column(header: "ADDRESS", field: "Address"),
            ],
            rows: plugins.map(\.row))
        try show.print(listing, names: plugins.map(\.name))
    }
}

extension VolumePlugin {
    /// What lists show of it, under the names that the daemon uses.
    fileprivate var row: JSON {
        .object([
            "Name": .string(name), "File": .string(file), "Address": .string(address),
            "Health": .string(health), "Scope": .string(scope),
            "Volumes": .integer(Int64(volumes)), "LastError": JSON(lastError),
            "LastErrorAt": JSON(lastErrorAt),
        ])
    }
}
