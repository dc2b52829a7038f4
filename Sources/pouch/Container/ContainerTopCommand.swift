import ArgumentParser
import PouchAPI
import PouchClient

/// Lists a container's processes.
struct ContainerTopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract: "List a container's processes, as the host sees them.",
        discussion: """
            EXAMPLE
              pouch top web
            """)

    @Argument(help: "The container's name or id.", completion: .containerNames)
    var name: String

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        let table = try await daemon.client.processes(of: name)
        try Console.write(Table.text([table.titles] + table.processes))
    }
}
