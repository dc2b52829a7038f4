import ArgumentParser

/// What concerns volume plugins.
struct PluginCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plugin",
        abstract: "Show the volume plugins that pouchd uses.",
        discussion: """
            EXAMPLE
              pouch plugin ls
            """,
        subcommands: [PluginInspect.self, PluginList.self])
}
