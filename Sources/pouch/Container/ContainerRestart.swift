import ArgumentParser
import PouchClient

/// Restarts containers.
struct ContainerRestart: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restart",
        abstract: "Stop containers, start them again, and print their names.",
        discussion: """
            EXAMPLE
              pouch restart --time 30 database
            """)

    @Option(
        name: [.customShort("t"), .customLong("time"), .customLong("timeout")],
        help: ArgumentHelp("How long to wait before it is killed.", valueName: "seconds"))
    var seconds: Int?

    @Argument(help: "Names or ids of containers.", completion: .containerNames)
    var names: [String]

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        let client = try daemon.client
        try await Each.name(of: names) { name in
            try await client.restartContainer(name, seconds: seconds)
            try Console.print(name)
        }
    }
}
