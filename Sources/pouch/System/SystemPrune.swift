import ArgumentParser
import PouchAPI
import PouchClient

/// Removes what nothing needs any more.
struct SystemPrune: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Remove containers that don't run and images without a name, and print them.",
        discussion: """
            With --all also images that have a name and no container; with --volumes also volumes \
            that nobody named and no container has.

            EXAMPLE
              pouch system prune --all --volumes --force
            """)

    @Flag(name: .shortAndLong, help: "Also remove images that have a name.")
    var all = false

    @Flag(help: "Also remove volumes without a name.")
    var volumes = false

    @Flag(name: .shortAndLong, help: "Don't ask.")
    var force = false

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        let goners =
            ["containers that don't run", all ? "images" : "images without a name"]
            + (volumes ? ["anonymous volumes"] : [])
        try Question.confirm(
            "This removes all \(goners.joined(separator: ", ")) that nothing needs.", unless: force)
        let client = try daemon.client
        let containers = try await client.pruneContainers()
        for id in containers.deleted { try Console.print("Deleted container: \(id)") }
        var reclaimed = containers.reclaimed
        if volumes {
            let answer = try await client.pruneVolumes()
            for name in answer.deleted { try Console.print("Deleted volume: \(name)") }
            reclaimed += answer.reclaimed
        }
        let images = try await client.pruneImages(filters: all ? ["dangling": ["false"]] : [:])
        for item in images.deleted {
            if let name = item.untagged { try Console.print("Untagged: \(name)") }
            if let id = item.deleted { try Console.print("Deleted image: \(id)") }
        }
        reclaimed += images.reclaimed
        try Console.print("Total reclaimed space: \(Size.text(reclaimed))")
    }
}
