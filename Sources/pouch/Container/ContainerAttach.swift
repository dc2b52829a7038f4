import ArgumentParser
import PouchAPI
import PouchClient

/// Sits at a container that runs.
struct ContainerAttach: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attach",
        abstract: "Sit at a container: see what it writes, type what it reads.",
        discussion: """
            Ctrl-P Ctrl-Q leaves a container with a terminal alone; it goes on. Else the status is \
            the container's.

            EXAMPLE
              pouch attach --no-stdin web
            """)

    @Flag(help: "Only see what it writes.")
    var noStdin = false

    @Option(help: ArgumentHelp("What is typed to leave it.", valueName: "keys"))
    var detachKeys: String?

    @Argument(help: "The container's name or id.", completion: .containerNames)
    var name: String

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        let client = try daemon.client
        let details = try await client.container(name)
        guard details.state.isRunning else {
            throw ClientError.failed("container \(name) does not run: start it first")
        }
        let sitting = Sitting(
            client: client, seat: .container(details.id, detachKeys: detachKeys),
            takesInput: !noStdin && details.config.openStdin == true,
            isTerminal: details.config.tty == true)
        try await sitting.run()
        guard let after = try? await client.container(details.id), !after.state.isRunning else {
            return
        }
        if after.state.exitCode != 0 { throw ExitCode(Int32(after.state.exitCode)) }
    }
}
