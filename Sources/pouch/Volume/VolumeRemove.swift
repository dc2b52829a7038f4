import ArgumentParser
import PouchClient

/// Removes volumes.
struct VolumeRemove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Remove volumes and print their names.",
        discussion: """
            A volume that a container has is never removed. A directory that was given with \
            mount= keeps its files.

            EXAMPLE
              pouch volume rm data
            """,
        aliases: ["remove"])

    @Flag(name: .shortAndLong, help: "A volume that isn't there is no error.")
    var force = false

    @Argument(help: "Names of volumes.", completion: .volumeNames)
    var names: [String]

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        let client = try daemon.client
        try await Each.name(of: names) { name in
            try await client.removeVolume(name, force: force)
            try Console.print(name)
        }
    }
}
