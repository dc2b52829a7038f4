import ArgumentParser
import PouchClient

/// What all that removes many things at once understands.
struct PruneOptions: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Don't ask.")
    var force = false

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Remove only what matches; repeat for more.", valueName: "key=value"),
        transform: KeyValue.init)
    var filter: [KeyValue] = []

    var filters: Filters { KeyValue.filters(filter) }
}
