import ArgumentParser
import PouchClient

/// Removes containers.
struct ContainerRemove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Remove containers, and print their names.",
        discussion: """
            Volumes stay, unless --volumes is given: then the container's anonymous ones go too.

            EXAMPLE
              pouch rm web
              pouch rm -f -v web
            """,
        aliases: ["remove"])

    @Flag(name: .shortAndLong, help: "Kill a container that runs.")
    var force = false

    @Flag(name: .shortAndLong, help: "Also remove the container's anonymous volumes.")
    var volumes = false

    @Argument(help: "Names or ids of containers.", completion: .containerNames)
    var names: [String]

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        let client = try daemon.client
        try await Each.name(of: names) { name in
            try await client.removeContainer(name, force: force, volumes: volumes)
            try Console.print(name)
        }
    }
}
