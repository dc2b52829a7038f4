import ArgumentParser
import FoundationEssentials
import PouchClient

/// Shows what happens to containers, images and volumes, as it happens.
struct Events: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "Show what happens to containers, images and volumes, as it happens.",
        discussion: """
            EXAMPLE
              pouch events --since 1h --filter type=volume
              pouch events --format '{{.Type}} {{.Action}} {{.Actor.ID}}'
            """)

    @Option(
        help: ArgumentHelp(
            "Also what came since: a time such as 2025-01-31T08:00:00Z, or how long ago: 10m.",
            valueName: "time"),
        transform: { try Since($0) })
    var since: Since?

    @Option(
        help: ArgumentHelp("End then.", valueName: "time"), transform: { try Since($0) })
    var until: Since?

    @Option(
        name: .shortAndLong, parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Show only what matches; repeat for more.", valueName: "key=value"),
        transform: KeyValue.init)
    var filter: [KeyValue] = []

    @Option(
        help: ArgumentHelp("json, or a Go template such as '{{.Action}}'.", valueName: "format"),
        transform: Format.init)
    var format: Format = .plain

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        let format = format
        try await daemon.client.events(
            since: since?.text, until: until?.text, filters: KeyValue.filters(filter)
        ) { line in
            try Console.print(Self.text(of: JSON(reading: line), as: format))
        }
    }

    private static func text(of event: JSON, as format: Format) throws -> String {
        switch format {
        case .json: return event.line
        case .template(let template), .table(let template, _): return try template.fill(with: event)
        case .plain:
            let time = event["timeNano"].flatMap(\.integer) ?? 0
            let attributes = event["Actor"]?["Attributes"]?.fields ?? [:]
            let details = attributes.sorted { $0.key < $1.key }
                .map { "\($0.key)=\($0.value.words)" }.joined(separator: ", ")
            let words = [
                Moment.precise(nanoseconds: time), event["Type"]?.words, event["Action"]?.words,
                event["Actor"]?["ID"]?.words, details.isEmpty ? nil : "(\(details))",
            ]
            return words.compactMap { $0 }.joined(separator: " ")
        }
    }
}
