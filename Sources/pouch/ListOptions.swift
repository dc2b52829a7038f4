import ArgumentParser
import PouchClient

/// What all lists understand.
struct ListOptions: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Print only names or ids, one on each line.")
    var quiet = false

    @Option(
        name: .shortAndLong, parsing: .unconditionalSingleValue,
        help: ArgumentHelp("List only what matches; repeat for more.", valueName: "key=value"),
        transform: KeyValue.init)
    var filter: [KeyValue] = []

    @Option(
        help: ArgumentHelp(
            "json, table, or a Go template such as '{{.Name}}'.", valueName: "format"),
        transform: Format.init)
    var format: Format = .plain

    var filters: Filters {
        KeyValue.filters(filter)
    }

    /// Prints the list, or with --quiet only the names.
    func print(_ listing: Listing, names: [String]) throws {
        let text = quiet ? names.map { $0 + "\n" }.joined() : try listing.text(as: format)
        try Console.write(text)
    }
}
