import ArgumentParser
import PouchAPI
import PouchClient

/// Removes the volumes that no container has.
struct VolumePrune: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Remove volumes that no container has, and print their names.",
        discussion: """
            Without --all only anonymous volumes go: those that were made without a name.

            EXAMPLE
              pouch volume prune
              pouch volume prune --all --force --filter label=scratch
            """)

    @Flag(name: .shortAndLong, help: "Also remove volumes that have a name.")
    var all = false

    @OptionGroup var prune: PruneOptions

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        try Question.confirm(
            "This removes all \(all ? "" : "anonymous ")volumes that no container has.",
            unless: prune.force)
        var filters = prune.filters
        if all { filters["all"] = ["true"] }
        let answer = try await daemon.client.pruneVolumes(filters: filters)
        for name in answer.deleted { try Console.print(name) }
        try Console.print("Total reclaimed space: \(Size.text(answer.reclaimed))")
    }
}
