import ArgumentParser
import PouchClient

/// Writes a container's filesystem to an archive.
struct ContainerExport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write a container's filesystem to a tar archive.",
        discussion: """
            What its volumes hold is not part of it: see pouch volume export.

            EXAMPLE
              pouch export -o web.tar web
            """)

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("The archive; stdout unless said, or -.", valueName: "file"),
        completion: .file())
    var output: String?

    @Argument(help: "The container's name or id.", completion: .containerNames)
    var name: String

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        try await Destination.take(output) { write, _ in
            try await daemon.client.exportContainer(name, to: write)
        }
    }
}
