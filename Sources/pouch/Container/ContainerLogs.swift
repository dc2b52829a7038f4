import ArgumentParser
import FoundationEssentials
import PouchClient

/// Shows what a container wrote.
struct ContainerLogs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Show what a container wrote, on stdout and stderr as it did.",
        discussion: """
            EXAMPLE
              pouch logs --follow --tail 20 web
              pouch logs --since 10m web
            """)

    @Flag(name: .shortAndLong, help: "Go on as the container writes, until it ends.")
    var follow = false

    @Flag(name: .shortAndLong, help: "Begin each line with its time.")
    var timestamps = false

    @Option(
        name: [.customShort("n"), .long], parsing: .unconditional,
        help: ArgumentHelp("Only the last lines, or all.", valueName: "number"),
        transform: Tail.init)
    var tail: Tail?

    @Option(
        help: ArgumentHelp(
            "Only what came since: a time such as 2025-01-31T08:00:00Z, or how long ago: 10m.",
            valueName: "time"),
        transform: { try Since($0) })
    var since: Since?

    @Option(
        help: ArgumentHelp("Only what came before then.", valueName: "time"),
        transform: { try Since($0) })
    var until: Since?

    @Argument(help: "The container's name or id.", completion: .containerNames)
    var name: String

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        var request = LogRequest()
        request.follow = follow
        request.timestamps = timestamps
        request.tail = tail?.lines
        request.since = since?.text
        request.until = until?.text
        try await daemon.client.logs(of: name, request) { stream, bytes in
            try Console.write(bytes, to: stream)
        }
    }
}

/// How many of the last lines are asked for.
struct Tail {
    /// All of them if nil.
    let lines: Int?

    init(_ text: String) throws {
        lines = Int(text).flatMap { $0 < 0 ? nil : $0 }
        guard lines != nil || ["all", "-1"].contains(text) else {
            throw ValidationError("write a number or all")
        }
    }
}
