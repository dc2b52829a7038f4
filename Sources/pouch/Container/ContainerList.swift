import ArgumentParser
import PouchAPI
import PouchClient

/// Lists containers.
struct ContainerList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ps",
        abstract: "List containers.",
        discussion: """
            Without --all only those that run. Filters are name, id, label, status, volume and \
            others that the daemon knows.

            EXAMPLE
              pouch ps
              pouch ps -aq --filter volume=data
              pouch ps --format '{{.Names}} {{.Status}}'
            """)

    @Flag(name: .shortAndLong, help: "Also list containers that don't run.")
    var all = false

    @Flag(name: .customLong("no-trunc"), help: "Show ids and commands in full.")
    var untruncated = false

    @OptionGroup var list: ListOptions

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        let containers = try await daemon.client.containers(all: all, filters: list.filters)
        let rows = containers.map { ContainerRow($0, isFull: untruncated) }
        let listing = Listing(columns: ContainerRow.columns, rows: rows.map(\.json))
        try list.print(listing, names: rows.map(\.id))
    }
}

/// A container in a list.
private struct ContainerRow {
    static let columns = [
        Listing.Column(header: "CONTAINER ID", field: "ID"),
        Listing.Column(header: "IMAGE", field: "Image"),
        Listing.Column(header: "COMMAND", field: "Command"),
        Listing.Column(header: "CREATED", field: "RunningFor"),
        Listing.Column(header: "STATUS", field: "Status"),
        Listing.Column(header: "NAMES", field: "Names"),
    ]

    let id: String
    let json: JSON

    init(_ container: ContainerSummary, isFull: Bool) {
        id = isFull ? container.id : String(container.id.prefix(12))
        let mounts = container.mounts.map { $0.name ?? $0.source }
        let names = container.names.map { $0.drop { $0 == "/" } }
        json = .object([
            "ID": .string(id), "Image": .string(container.image),
            "ImageID": .string(container.imageID),
            "Command": .string(isFull ? container.command : Self.short(container.command)),
            "CreatedAt": JSON(Moment.text(container.created)),
            "RunningFor": .string(Moment.age(of: container.created)),
            "State": .string(container.state), "Status": .string(container.status),
            "Names": .string(names.joined(separator: ",")),
            "Labels": JSON(container.labels),
            "Mounts": .string(mounts.joined(separator: ",")),
        ])
    }

    private static func short(_ command: String) -> String {
        command.count > 20 ? command.prefix(19) + "…" : command
    }
}
