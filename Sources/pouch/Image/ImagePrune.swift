import ArgumentParser
import PouchAPI
import PouchClient

/// Removes the images that no container needs.
struct ImagePrune: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Remove images that no container needs, and print what went.",
        discussion: """
            Without --all only images go that have no name.

            EXAMPLE
              pouch image prune --all --force --filter until=24h
            """)

    @Flag(name: .shortAndLong, help: "Also remove images that have a name.")
    var all = false

    @OptionGroup var prune: PruneOptions

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        try Question.confirm(
            "This removes all images \(all ? "" : "without a name ")that no container needs.",
            unless: prune.force)
        var filters = prune.filters
        if all { filters["dangling"] = ["false"] }
        let answer = try await daemon.client.pruneImages(filters: filters)
        for item in answer.deleted {
            if let name = item.untagged { try Console.print("Untagged: \(name)") }
            if let id = item.deleted { try Console.print("Deleted: \(id)") }
        }
        try Console.print("Total reclaimed space: \(Size.text(answer.reclaimed))")
    }
}
