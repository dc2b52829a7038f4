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
              pouch top web -eo pid,rss,comm
            """)

    @Argument(help: "The container's name or id.", completion: .containerNames)
    var name: String

    @Argument(
        parsing: .captureForPassthrough,
        help: "Options of the host's ps, which must print a column PID; -ef unless said.")
    var options: [String] = []

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        let table = try await daemon.client.processes(of: name, options: options)
        try Console.write(Table.text([table.titles] + table.processes))
    }
}
