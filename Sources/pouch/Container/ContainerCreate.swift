import ArgumentParser
import PouchClient

/// Makes a container without starting it.
struct ContainerCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Create a container from an image, not yet started, and print its id.",
        discussion: """
            EXAMPLE
              pouch create --name web -v data:/data busybox httpd -f -h /data
            """,
        helpNames: .long)

    @Flag(name: .customLong("rm"), help: "Remove it when it ends, with its anonymous volumes.")
    var removed = false

    @Option(help: "Whether the image is pulled: missing, always or never.")
    var pull = PullPolicy.missing

    @OptionGroup var container: ContainerOptions

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        let making = Making(
            client: try daemon.client, request: try container.request(removed: removed),
            name: container.name, pull: pull)
        try Console.print(try await making.container())
    }
}
