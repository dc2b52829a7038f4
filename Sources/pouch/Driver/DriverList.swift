import ArgumentParser
import PouchAPI
import PouchClient

/// Lists kinds of storage.
struct DriverList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List kinds of storage.",
        discussion: """
            EXAMPLE
              pouch driver ls
              pouch driver ls -q
            """,
        aliases: ["list"])

    @OptionGroup var show: ShowOptions

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        let drivers = try await daemon.client.drivers()
        let listing = Listing(
            columns: [
                Listing.Column(header: "DRIVER", field: "Name"),
                Listing.Column(header: "SCOPE", field: "Scope"),
                Listing.Column(header: "OPTIONS", field: "Options") { row in
                    row["Options"]?.items.compactMap { $0["Name"]?.words }.joined(separator: ", ")
                        ?? ""
                },
            ],
            rows: drivers.map(\.row))
        try show.print(listing, names: drivers.map(\.name))
    }
}

extension DriverDescription {
    /// What lists show of it, under the names that the daemon uses.
    var row: JSON {
        .object([
            "Name": .string(name), "Scope": .string(scope),
            "Options": .array(
                options.map { option in
                    .object([
                        "Name": .string(option.name), "Meaning": .string(option.meaning),
                        "Default": JSON(option.default),
                    ])
                }),
        ])
    }
}
