import ArgumentParser

/// Forgets the name and the password for a registry.
struct Logout: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logout",
        abstract: "Forget the login to a registry.",
        discussion: """
            EXAMPLE
              pouch logout registry.example.com
            """)

    @Argument(help: "The registry; docker.io unless said.")
    var registry: String = RegistryLogins.standard

    /// Nobody is asked, but every command may be told whom to ask.
    @OptionGroup var daemon: DaemonOptions

    func run() throws {
        let wasKnown = try RegistryLogins().forget(registry)
        try Console.print(
            wasKnown ? "Removed the login to \(registry)" : "Not logged in to \(registry)")
    }
}
