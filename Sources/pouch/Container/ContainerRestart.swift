import ArgumentParser
import PouchClient

/// Restarts containers.
struct ContainerRestart: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restart",
        abstract: "Stop containers, start them again, and print their names.",
        discussion: """
            EXAMPLE
              pouch restart --time 30 database
              pouch restart --signal INT web
            """)

    @OptionGroup var ending: EndingOptions

    @OptionGroup var containers: NamedContainers

    func run() async throws {
        try await containers.each {
            try await $0.restartContainer(
                $1, signal: ending.signal, seconds: ending.seconds)
        }
    }
}
