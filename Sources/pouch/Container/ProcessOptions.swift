import ArgumentParser

/// What a program in a container is to be, as `run`, `create` and `exec` read it.
struct ProcessOptions: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Give it a terminal.")
    var tty = false

    @Flag(name: .shortAndLong, help: "It reads what you type.")
    var interactive = false

    @Option(
        name: .shortAndLong, parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "A variable; the name alone passes on yours; repeat for more.",
            valueName: "name=value"))
    var env: [String] = []

    @Option(
        help: ArgumentHelp("A file with a variable on each line.", valueName: "file"),
        completion: .file())
    var envFile: [String] = []

    @Option(
        name: [.customShort("w", allowingJoined: true), .customLong("workdir")],
        help: ArgumentHelp("Where it begins.", valueName: "directory"))
    var workdir: String?

    @Option(
        name: [.customShort("u", allowingJoined: true), .customLong("user")],
        help: ArgumentHelp("Who it is, by names or numbers.", valueName: "user:group"))
    var user: String?

    var environment: [String] {
        get throws { try Environment.entries(given: env, inFiles: envFile) }
    }
}
