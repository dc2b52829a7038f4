import ArgumentParser

/// How a list is shown.
struct ShowOptions: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Print only names or ids, one on each line.")
    var quiet = false

    @Option(
        help: ArgumentHelp(
            "json, table, or a Go template such as '{{.Name}}'.", valueName: "format"),
        transform: Format.init)
    var format: Format = .plain

    /// Prints the list, or with --quiet only the names.
    func print(_ listing: Listing, names: [String]) throws {
        let text = quiet ? names.map { $0 + "\n" }.joined() : try listing.text(as: format)
        try Console.write(text)
    }
}
