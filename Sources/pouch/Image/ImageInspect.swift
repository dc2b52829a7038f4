import ArgumentParser
import PouchClient

/// Shows all that is known about images.
struct ImageInspect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show all that is known about images.",
        discussion: """
            EXAMPLE
              pouch image inspect -f '{{json .Config.Volumes}}' mysql
            """)

    @OptionGroup var inspection: InspectOptions

    @Argument(help: "Names or ids of images.", completion: .imageNames)
    var names: [String]

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        let client = try daemon.client
        try await inspection.show(names) { name in try await client.inspectImage(name) }
    }
}
