import ArgumentParser
import PouchClient

/// Lets frozen containers go on.
struct ContainerUnpause: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unpause",
        abstract: "Let the processes of paused containers go on, and print their names.",
        discussion: """
            EXAMPLE
              pouch unpause web
            """)

    @Argument(help: "Names or ids of containers.", completion: .containerNames)
    var names: [String]

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        let client = try daemon.client
        try await Each.name(of: names) { name in
            try await client.unpauseContainer(name)
            try Console.print(name)
        }
    }
}
