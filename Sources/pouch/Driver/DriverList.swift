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

    @Flag(name: .shortAndLong, help: "Print only names, one on each line.")
    var quiet = false

    @Option(
        help: ArgumentHelp(
            "json, table, or a Go template such as '{{.Name}}'.", valueName: "format"),
        transform: Format.init)
    var format: Format = .plain

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
        let names = drivers.map { $0.name + "\n" }.joined()
        try Console.write(quiet ? names : try listing.text(as: format))
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
