import ArgumentParser
import PouchAPI
import PouchClient

/// Waits for containers' ends.
struct ContainerWait: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Wait until containers end, and print the statuses with which they did.",
        discussion: """
            EXAMPLE
              pouch wait backup
            """)

    @Argument(help: "Names or ids of containers.", completion: .containerNames)
    var names: [String]

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        let client = try daemon.client
        try await Each.name(of: names) { name in
            try Console.print("\(try await client.waitForContainer(name).statusCode)")
        }
    }
}
