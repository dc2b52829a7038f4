import ArgumentParser

/// What concerns networks.
struct NetworkCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "network",
        abstract: "List the networks that containers can be on.",
        discussion: """
            EXAMPLE
              pouch network ls
            """,
        subcommands: [NetworkInspect.self, NetworkList.self])
}
