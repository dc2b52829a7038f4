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

    @OptionGroup var containers: NamedContainers

    func run() async throws {
        try await containers.each {
            try await $0.removeContainer($1, force: force, volumes: volumes)
        }
    }
}
