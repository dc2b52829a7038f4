import ArgumentParser
import PouchClient

/// Shows all that is known about networks.
struct NetworkInspect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show all that is known about networks, and who is on them.",
        discussion: """
            EXAMPLE
              pouch network inspect -f '{{json .Containers}}' bridge
            """)

    @OptionGroup var inspection: InspectOptions

    @Argument(help: "Names or ids of networks.")
    var names: [String]

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        let client = try daemon.client
        try await inspection.show(names) { name in try await client.inspectNetwork(name) }
    }
}
