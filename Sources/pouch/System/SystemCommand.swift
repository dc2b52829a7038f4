import ArgumentParser

/// What concerns the daemon as a whole, under the noun that docker's users type.
struct SystemCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "system",
        abstract: "Show what takes space and what happens, and tidy up.",
        discussion: """
            EXAMPLE
              pouch system df -v
            """,
        subcommands: [DiskFree.self, Events.self, Info.self, SystemPrune.self])
}
