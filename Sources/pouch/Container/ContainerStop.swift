import ArgumentParser
import PouchClient

/// Stops containers.
struct ContainerStop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop",
        abstract: "Ask containers to end, make those that don't, and print their names.",
        discussion: """
            EXAMPLE
              pouch stop --time 30 database
              pouch stop --signal INT web
            """)

    @OptionGroup var ending: EndingOptions

    @OptionGroup var containers: NamedContainers

    func run() async throws {
        try await containers.each {
            try await $0.stopContainer(
                $1, signal: ending.signal, seconds: ending.seconds)
        }
    }
}
