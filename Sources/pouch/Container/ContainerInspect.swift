import ArgumentParser
import PouchClient

/// Shows all that is known about containers.
struct ContainerInspect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show all that is known about containers.",
        discussion: """
            EXAMPLE
              pouch container inspect -f '{{.State.Status}}' web
            """)

    @OptionGroup var inspection: InspectOptions

    @Argument(help: "Names or ids of containers.", completion: .containerNames)
    var names: [String]

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        let client = try daemon.client
        try await inspection.show(names) { name in try await client.inspectContainer(name) }
    }
}
