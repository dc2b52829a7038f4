import ArgumentParser
import PouchClient

/// Changes how much containers may use.
struct ContainerUpdate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Change how much containers may use of their host, running or not.",
        discussion: """
            EXAMPLE
              pouch update --memory 1g --restart always database
            """)

    @OptionGroup var options: LimitOptions

    @OptionGroup var containers: NamedContainers

    func run() async throws {
        let limits = try options.limits
        try await containers.each { try await $0.updateContainer($1, limits) }
    }
}
