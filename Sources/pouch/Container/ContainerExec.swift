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

    @Flag(name: .shortAndLong, help: "It reads what you type.")
    var interactive = false

    @Flag(name: .shortAndLong, help: "Give it a terminal.")
    var tty = false

    @Option(
        name: .shortAndLong, parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "A variable; the name alone passes on yours; repeat for more.",
            valueName: "name=value"))
    var env: [String] = []

    @Option(
        name: [.customShort("u", allowingJoined: true), .customLong("user")],
        help: ArgumentHelp("Who it is, by names or numbers.", valueName: "user:group"))
    var user: String?

    @Option(
        name: [.customShort("w", allowingJoined: true), .customLong("workdir")],
        help: ArgumentHelp("Where it begins.", valueName: "directory"))
    var workdir: String?

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
            client: client, seat: .exec(id), takesInput: interactive, isTerminal: tty)
        try await sitting.run()
        let details = try await client.exec(id)
        // Still running means that the keys were typed.
        if let status = details.exitCode, status != 0 { throw ExitCode(Int32(status)) }
    }

    private func request() throws -> ExecCreateRequest {
        var request = ExecCreateRequest(cmd: command)
        request.env = try Environment.entries(given: env, inFiles: [])
        request.user = user
        request.workingDir = workdir
        request.tty = tty
        request.attachStdin = interactive && !detach
        request.attachStdout = !detach
        request.attachStderr = !detach
        request.detachKeys = detachKeys
        return request
    }
}
