import ArgumentParser
import PouchAPI
import PouchClient

/// Removes the containers that don't run.
struct ContainerPrune: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Remove containers that don't run, and print their ids.",
        discussion: """
            Their volumes stay, those without a name too: see pouch volume prune.

            EXAMPLE
              pouch container prune --force --filter until=24h
            """)

    @OptionGroup var prune: PruneOptions

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        try Question.confirm("This removes all containers that don't run.", unless: prune.force)
        let answer = try await daemon.client.pruneContainers(filters: prune.filters)
        for id in answer.deleted { try Console.print(id) }
        try Console.print("Total reclaimed space: \(Size.text(answer.reclaimed))")
    }
}
