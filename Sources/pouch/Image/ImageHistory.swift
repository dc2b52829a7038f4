import ArgumentParser
import PouchAPI
import PouchClient

/// Shows how an image was made.
struct ImageHistory: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Show how an image was made, the last step first.",
        discussion: """
            EXAMPLE
              pouch history busybox
            """)

    @OptionGroup var show: ShowOptions

    @Argument(help: "The image's name or id.", completion: .imageNames)
    var name: String

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        let steps = try await daemon.client.imageHistory(of: name)
        let listing = Listing(columns: Self.columns, rows: steps.map(Self.json))
        try show.print(listing, names: steps.map { Self.short($0.id) })
    }

    private static let columns = [
        Listing.Column(header: "IMAGE", field: "ID"),
        Listing.Column(header: "CREATED", field: "CreatedSince"),
        Listing.Column(header: "CREATED BY", field: "CreatedBy") { row in
            String((row["CreatedBy"]?.words ?? "").prefix(45))
        },
        Listing.Column(header: "SIZE", field: "Size"),
        Listing.Column(header: "COMMENT", field: "Comment"),
    ]

    private static func json(of step: ImageHistoryItem) -> JSON {
        .object([
            "ID": .string(short(step.id)), "CreatedSince": .string(Moment.age(of: step.created)),
            "CreatedAt": JSON(Moment.text(step.created)), "CreatedBy": .string(step.createdBy),
            "Size": .string(Size.text(step.size)), "Comment": .string(step.comment),
        ])
    }

    private static func short(_ id: String) -> String {
        id.hasPrefix("sha256:") ? String(id.dropFirst(7).prefix(12)) : id
    }
}
