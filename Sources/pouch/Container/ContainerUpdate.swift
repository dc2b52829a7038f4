import ArgumentParser
import PouchClient

/// Changes how much containers may use.
struct ContainerUpdate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Change how much containers may use of their host, running or not.",
        discussion: """
            EXAMPLE
              pouch update --memory 1g --restart always database
            """)

    @OptionGroup var options: LimitOptions

    @Argument(help: "Names or ids of containers.", completion: .containerNames)
    var names: [String]

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        let client = try daemon.client
        let limits = try options.limits
        try await Each.name(of: names) { name in
            try await client.updateContainer(name, limits)
            try Console.print(name)
        }
    }
}
