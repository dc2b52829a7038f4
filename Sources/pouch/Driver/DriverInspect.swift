import ArgumentParser
import PouchAPI
import PouchClient

/// Shows what volumes on a kind of storage can be told.
struct DriverInspect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show the options that a kind of storage understands.",
        discussion: """
            EXAMPLE
              pouch driver inspect local
            """)

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("json, or a Go template such as '{{.Scope}}'.", valueName: "format"),
        transform: Format.init)
    var format: Format = .plain

    @Argument(help: "The driver's name.", completion: .driverNames)
    var name: String

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        let drivers = try await daemon.client.drivers()
        guard let driver = drivers.first(where: { $0.name == name }) else {
            let known = drivers.map(\.name).joined(separator: ", ")
            throw UnknownDriver(name: name, known: known)
        }
        guard case .plain = format else {
            return try Console.write(Listing(columns: [], rows: [driver.row]).text(as: format))
        }
        let lines = driver.options.map { [$0.name, $0.default ?? "-", $0.meaning] }
        try Console.write(Table.text([["OPTION", "UNLESS SAID", "MEANING"]] + lines))
    }
}

/// There is no such kind of storage.
struct UnknownDriver: Error, CustomStringConvertible {
    let name: String
    let known: String

    var description: String { "there is no driver \"\(name)\": there are \(known)" }
}
