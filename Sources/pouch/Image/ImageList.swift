import ArgumentParser
import PouchAPI
import PouchClient

/// Lists images.
struct ImageList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "images",
        abstract: "List images.",
        discussion: """
            EXAMPLE
              pouch images
              pouch images --format '{{.Repository}}:{{.Tag}} {{.ID}}'
            """)

    @Flag(name: .customLong("no-trunc"), help: "Show ids in full.")
    var untruncated = false

    @OptionGroup var list: ListOptions

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        let images = try await daemon.client.images(filters: list.filters)
        let rows = images.flatMap { ImageRow.all(of: $0, isFull: untruncated) }
        let listing = Listing(columns: ImageRow.columns, rows: rows.map(\.json))
        try list.print(listing, names: rows.map(\.id))
    }
}

/// An image in a list, under one of its names.
private struct ImageRow {
    static let columns = [
        Listing.Column(header: "REPOSITORY", field: "Repository"),
        Listing.Column(header: "TAG", field: "Tag"),
        Listing.Column(header: "IMAGE ID", field: "ID"),
        Listing.Column(header: "CREATED", field: "CreatedSince"),
        Listing.Column(header: "SIZE", field: "Size") { row in
            if case .integer(let bytes)? = row["Size"] { Size.text(bytes) } else { "" }
        },
    ]

    let id: String
    let json: JSON

    static func all(of image: ImageSummary, isFull: Bool) -> [ImageRow] {
        let names = image.repoTags.isEmpty ? ["<none>:<none>"] : image.repoTags
        return names.map { ImageRow(image, name: $0, isFull: isFull) }
    }

    private init(_ image: ImageSummary, name: String, isFull: Bool) {
        let digits = image.id.split(separator: ":").last.map { String($0.prefix(12)) }
        id = isFull ? image.id : digits ?? image.id
        let colon = name.lastIndex(of: ":") ?? name.endIndex
        json = .object([
            "Repository": .string(String(name[..<colon])),
            "Tag": .string(String(name[colon...].dropFirst())),
            "ID": .string(id), "Size": .integer(image.size), "Labels": JSON(image.labels),
            "Digests": JSON(image.repoDigests),
            "CreatedAt": JSON(Moment.text(image.created)),
            "CreatedSince": .string(Moment.age(of: image.created)),
        ])
    }
}
