import ArgumentParser
import PouchClient

/// Lets frozen containers go on.
struct ContainerUnpause: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unpause",
        abstract: "Let the processes of paused containers go on, and print their names.",
        discussion: """
            EXAMPLE
              pouch unpause web
            """)

    @OptionGroup var containers: NamedContainers

    func run() async throws {
        try await containers.each { try await $0.unpauseContainer($1) }
    }
}
