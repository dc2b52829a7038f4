import ArgumentParser

/// What concerns kinds of storage.
struct DriverCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "driver",
        abstract: "Show the kinds of storage that volumes can be on.",
        discussion: """
            EXAMPLE
              pouch driver inspect tmpfs
            """,
        subcommands: [DriverInspect.self, DriverList.self])
}
