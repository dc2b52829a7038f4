import ArgumentParser
import PouchAPI
import PouchClient

/// Runs another program in a container.
struct ContainerExec: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec",
        abstract: "Run a program in a container that runs, and end with its status.",
        discussion: """
            EXAMPLE
              pouch exec -it web sh
              pouch exec -u postgres database psql -c 'select 1'
            """)

    @Flag(name: .shortAndLong, help: "Leave it alone.")
    var detach = false

    @OptionGroup var process: ProcessOptions

    @Flag(help: "It has all of root's powers.")
    var privileged = false

    @Option(help: ArgumentHelp("What is typed to leave it.", valueName: "keys"))
    var detachKeys: String?

    @Argument(help: "The container's name or id.", completion: .containerNames)
    var name: String

    @Argument(parsing: .captureForPassthrough, help: "The program, and its arguments.")
    var command: [String]

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        let client = try daemon.client
        let id = try await client.createExec(try request(), in: name)
        if detach { return try await client.startExec(id) }
        let sitting = Sitting(
            client: client, seat: .exec(id), takesInput: process.interactive,
            isTerminal: process.tty)
        try await sitting.run()
        let details = try await client.exec(id)
        // Still running means that the keys were typed.
        if let status = details.exitCode, status != 0 { throw ExitCode(Int32(status)) }
    }

    private func request() throws -> ExecCreateRequest {
        var request = ExecCreateRequest(cmd: command)
        request.env = try process.environment
        request.user = process.user
        request.workingDir = process.workdir
        request.tty = process.tty
        request.privileged = privileged ? true : nil
        request.attachStdin = process.interactive && !detach
        request.attachStdout = !detach
        request.attachStderr = !detach
        request.detachKeys = detachKeys
        return request
    }
}
