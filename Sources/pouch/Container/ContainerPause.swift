import ArgumentParser
import PouchClient

/// Freezes containers.
struct ContainerPause: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Freeze all processes of containers, and print their names.",
        discussion: """
            EXAMPLE
              pouch pause web
            """)

    @OptionGroup var containers: NamedContainers

    func run() async throws {
        try await containers.each { try await $0.pauseContainer($1) }
    }
}
