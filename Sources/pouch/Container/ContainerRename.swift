import ArgumentParser
import PouchClient

/// Gives a container another name.
struct ContainerRename: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rename",
        abstract: "Give a container another name.",
        discussion: """
            EXAMPLE
              pouch rename web web-old
            """)

    @Argument(help: "The container's name or id.", completion: .containerNames)
    var name: String

    @Argument(help: "Its new name.")
    var newName: String

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        try await daemon.client.renameContainer(name, to: newName)
    }
}
