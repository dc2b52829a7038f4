import ArgumentParser
import PouchClient

/// Shows all that is known about volumes.
struct VolumeInspect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show all that is known about volumes.",
        discussion: """
            EXAMPLE
              pouch volume inspect data
              pouch volume inspect -f '{{.Mountpoint}}' data
            """)

    @OptionGroup var inspection: InspectOptions

    @Argument(help: "Names of volumes.", completion: .volumeNames)
    var names: [String]

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        let client = try daemon.client
        try await inspection.show(names) { name in try await client.inspectVolume(name) }
    }
}
