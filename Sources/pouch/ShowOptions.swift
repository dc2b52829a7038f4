import ArgumentParser

/// In which form a list is shown.
struct FormatOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "json, table, or a Go template such as '{{json .}}'.", valueName: "format"),
        transform: Format.init)
    var format: Format = .plain
}

/// How a list is shown.
struct ShowOptions: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Print only names or ids, one on each line.")
    var quiet = false

    @OptionGroup var form: FormatOptions

    var format: Format { form.format }

    /// Prints the list, or with --quiet only the names.
    func print(_ listing: Listing, names: [String]) throws {
        let text = quiet ? names.map { $0 + "\n" }.joined() : try listing.text(as: format)
        try Console.write(text)
    }
}
