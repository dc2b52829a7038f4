import ArgumentParser
import PouchAPI
import PouchClient

/// Starts containers.
struct ContainerStart: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start",
        abstract: "Start containers that don't run, and print their names.",
        discussion: """
            EXAMPLE
              pouch start web
              pouch start -ai shell
            """)

    @Flag(name: .shortAndLong, help: "Show what it writes, and end with its status.")
    var attach = false

    @Flag(name: .shortAndLong, help: "The same, and it reads what you type.")
    var interactive = false

    @OptionGroup var containers: NamedContainers

    func run() async throws {
        guard attach || interactive else {
            return try await containers.each { try await $0.startContainer($1) }
        }
        guard let name = containers.names.first, containers.names.count == 1 else {
            throw ValidationError("Only one container can be sat at: start the others apart.")
        }
        let client = try containers.daemon.client
        let details = try await client.container(name)
        guard !details.state.isRunning else {
            throw ClientError.failed("container \(name) runs already: use pouch attach")
        }
        let attached = Attached(
            id: details.id, client: client,
            isRemoved: details.hostConfig.config.autoRemove == true,
            takesInput: interactive && details.config.openStdin == true,
            isTerminal: details.config.tty == true)
        let status = try await attached.run()
        if status != 0 { throw ExitCode(status) }
    }
}
