import ArgumentParser
import PouchClient

/// Sends containers a signal.
struct ContainerKill: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kill",
        abstract: "Send containers a signal, and print their names.",
        discussion: """
            EXAMPLE
              pouch kill web
              pouch kill --signal HUP web
            """)

    @Option(name: .shortAndLong, help: "The signal's name or number; KILL unless said.")
    var signal: String?

    @Argument(help: "Names or ids of containers.", completion: .containerNames)
    var names: [String]

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        let client = try daemon.client
        try await Each.name(of: names) { name in
            try await client.killContainer(name, signal: signal)
            try Console.print(name)
        }
    }
}
