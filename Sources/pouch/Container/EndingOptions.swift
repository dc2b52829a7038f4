import ArgumentParser

/// How containers are brought to their ends.
struct EndingOptions: ParsableArguments {
    @Option(
        name: [.customShort("t"), .customLong("time"), .customLong("timeout")],
        help: ArgumentHelp("How long to wait before it is killed.", valueName: "seconds"))
    var seconds: Int?

    @Option(
        name: .shortAndLong,
        help: "What asks it to end, by name or number; its own signal unless said.")
    var signal: String?
}
