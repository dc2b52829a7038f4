import ArgumentParser
import PouchClient

/// Gives an image one more name.
struct ImageTag: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tag",
        abstract: "Give an image one more name.",
        discussion: """
            EXAMPLE
              pouch tag busybox registry.example.com/team/busybox:1
            """)

    @Argument(help: "The image's name or id.", completion: .imageNames)
    var name: String

    @Argument(help: "Its new name.")
    var newName: String

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        try await daemon.client.tagImage(name, as: newName)
    }
}
