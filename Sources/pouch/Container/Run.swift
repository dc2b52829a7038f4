import ArgumentParser
import PouchClient

/// Makes a container and runs it.
struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a container from an image, and end with its status.",
        discussion: """
            A named volume that isn't there is made. The status is 125 if pouchd fails, 126 if \
            the command can't be run, and 127 if it can't be found.

            EXAMPLE
              pouch run --rm -v data:/data busybox ls -l /data
              pouch run --rm -it busybox sh
              pouch run -d -t -v /hostpath/data:/containerpath/data:ro ubuntu sh
            """,
        helpNames: .long)

    @Flag(name: .shortAndLong, help: "Print its id and leave it alone.")
    var detach = false

    @Flag(name: .customLong("rm"), help: "Remove it when it ends, with its anonymous volumes.")
    var removed = false

    @Option(help: "Whether the image is pulled: missing, always or never.")
    var pull = PullPolicy.missing

    @OptionGroup var container: ContainerOptions

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        let status: Int32
        do {
            status = try await perform()
        } catch let code as ExitCode {
            throw code
        } catch {
            Console.say("\(error)")
            throw ExitCode(Self.status(for: error))
        }
        if status != 0 { throw ExitCode(status) }
    }

    /// Statuses of the container itself are left to it, so that scripts can tell who failed.
    private static func status(for error: any Error) -> Int32 {
        guard case ClientError.refused(_, _, let status?) = error else { return 125 }
        return status
    }

    private func perform() async throws -> Int32 {
        let client = try daemon.client
        let making = Making(
            client: client, request: try container.request(removed: removed),
            name: container.name, pull: pull)
        let id = try await making.container()
        do {
            guard detach else {
                let attached = Attached(
                    id: id, client: client, isRemoved: removed,
                    takesInput: container.process.interactive,
                    isTerminal: container.process.tty)
                return try await attached.run()
            }
            try await client.startContainer(id)
        } catch {
            if removed { try? await client.removeContainer(id, force: true, volumes: true) }
            throw error
        }
        try Console.print(id)
        return 0
    }
}
