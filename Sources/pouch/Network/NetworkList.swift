import ArgumentParser
import PouchAPI
import PouchClient

/// Lists networks.
struct NetworkList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List networks.",
        discussion: """
            EXAMPLE
              pouch network ls
              pouch network ls --filter driver=bridge --format '{{.Name}}'
            """,
        aliases: ["list"])

    @Flag(name: .customLong("no-trunc"), help: "Show ids in full.")
    var untruncated = false

    @OptionGroup var list: ListOptions

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        let networks = try await daemon.client.networks(filters: list.filters)
        let rows = networks.map { network in
            JSON.object([
                "ID": .string(untruncated ? network.id : String(network.id.prefix(12))),
                "Name": .string(network.name), "Driver": .string(network.driver),
                "Scope": .string(network.scope), "Labels": JSON(network.labels),
            ])
        }
        try list.print(
            Listing(columns: Self.columns, rows: rows), names: rows.compactMap { $0["ID"]?.words })
    }

    private static let columns = [
        Listing.Column(header: "NETWORK ID", field: "ID"),
        Listing.Column(header: "NAME", field: "Name"),
        Listing.Column(header: "DRIVER", field: "Driver"),
        Listing.Column(header: "SCOPE", field: "Scope"),
    ]
}
