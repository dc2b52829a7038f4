import ArgumentParser
import PouchClient

/// Starts containers.
struct ContainerStart: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start",
        abstract: "Start containers that don't run, and print their names.",
        discussion: """
            EXAMPLE
              pouch start web
            """)

    @Argument(help: "Names or ids of containers.", completion: .containerNames)
    var names: [String]

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        let client = try daemon.client
        try await Each.name(of: names) { name in
            try await client.startContainer(name)
            try Console.print(name)
        }
    }
}
