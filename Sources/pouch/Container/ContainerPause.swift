import ArgumentParser
import PouchClient

/// Freezes containers.
struct ContainerPause: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Freeze all processes of containers, and print their names.",
        discussion: """
            EXAMPLE
              pouch pause web
            """)

    @Argument(help: "Names or ids of containers.", completion: .containerNames)
    var names: [String]

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        let client = try daemon.client
        try await Each.name(of: names) { name in
            try await client.pauseContainer(name)
            try Console.print(name)
        }
    }
}
