import ArgumentParser
import PouchClient

/// What lists understand that may be long.
struct ListOptions: ParsableArguments {
    @OptionGroup var show: ShowOptions

    @Option(
        name: .shortAndLong, parsing: .unconditionalSingleValue,
        help: ArgumentHelp("List only what matches; repeat for more.", valueName: "key=value"),
        transform: KeyValue.init)
    var filter: [KeyValue] = []

    var filters: Filters {
        KeyValue.filters(filter)
    }

    /// Prints the list, or with --quiet only the names.
    func print(_ listing: Listing, names: [String]) throws {
        try show.print(listing, names: names)
    }
}
