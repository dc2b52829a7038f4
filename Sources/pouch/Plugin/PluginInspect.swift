import ArgumentParser
import PouchClient

/// Shows how volume plugins do.
struct PluginInspect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show how volume plugins do: health, scope, volumes, last error.",
        discussion: """
            EXAMPLE
              pouch plugin inspect nfs
              pouch plugin inspect -f '{{.Health}} {{.LastError}}' nfs
            """)

    @OptionGroup var inspection: InspectOptions

    @Argument(help: "Names of plugins.", completion: .pluginNames)
    var names: [String]

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        let client = try daemon.client
        try await inspection.show(names) { name in try await client.inspectVolumePlugin(name) }
    }
}
