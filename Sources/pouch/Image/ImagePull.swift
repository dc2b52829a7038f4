import ArgumentParser
import PouchClient

/// Fetches images from a registry.
struct ImagePull: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull",
        abstract: "Fetch an image from a registry, and print its name.",
        discussion: """
            EXAMPLE
              pouch pull busybox
              pouch pull registry.example.com/team/db:8.4
            """)

    @Flag(name: .shortAndLong, help: "Show no progress.")
    var quiet = false

    @Argument(help: "The image's name.")
    var name: String

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        try await PullProgress.show(
            of: name, from: daemon.client, unless: quiet || !Console.showsProgress)
        try Console.print(name)
    }
}
