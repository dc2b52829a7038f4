import ArgumentParser
import PouchClient

/// Sends containers a signal.
struct ContainerKill: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kill",
        abstract: "Send containers a signal, and print their names.",
        discussion: """
            EXAMPLE
              pouch kill web
              pouch kill --signal HUP web
            """)

    @Option(name: .shortAndLong, help: "The signal's name or number; KILL unless said.")
    var signal: String?

    @OptionGroup var containers: NamedContainers

    func run() async throws {
        try await containers.each { try await $0.killContainer($1, signal: signal) }
    }
}
