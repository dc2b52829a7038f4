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

    @Flag(name: .shortAndLong, help: "Don't ask.")
    var force = false

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Remove only what matches; repeat for more.", valueName: "key=value"),
        transform: KeyValue.init)
    var filter: [KeyValue] = []

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        try Question.confirm(
            "This removes all \(all ? "" : "anonymous ")volumes that no container has.",
            unless: force)
        var filters = KeyValue.filters(filter)
        if all { filters["all"] = ["true"] }
        let answer = try await daemon.client.pruneVolumes(filters: filters)
        for name in answer.deleted { try Console.print(name) }
        try Console.print("Total reclaimed space: \(Size.text(answer.reclaimed))")
    }
}
