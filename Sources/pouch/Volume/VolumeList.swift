import ArgumentParser
import PouchAPI
import PouchClient

/// Lists volumes.
struct VolumeList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List volumes.",
        discussion: """
            Filters are name, driver, label and dangling. With --size, templates have .Size (the \
            limit), .Used, .Percent, .Inodes, .InodeLimit and .AsOf.

            EXAMPLE
              pouch volume ls --size --mountpoint
              pouch volume ls -q --filter label=team=blue
              pouch volume ls --format '{{.Name}} {{.Mountpoint}}'
            """,
        aliases: ["list"])

    @OptionGroup var list: ListOptions

    @Flag(help: "Show how full each volume is, and how large it may grow.")
    var size = false

    @Flag(help: "Show where each volume's data is.")
    var mountpoint = false

    @OptionGroup var daemon: DaemonOptions

    func validate() throws {
        guard !list.show.quiet || !(size || mountpoint) else {
            throw ValidationError("--quiet prints names alone: leave out --size and --mountpoint.")
        }
    }

    func run() async throws {
        let client = try daemon.client
        let answer = try await client.volumes(filters: list.filters, usage: size)
        for warning in answer.warnings ?? [] { Console.say(warning) }
        // Of thousands, a plain table shows only some of what is known.
        let fields = list.show.format == .plain ? columns.map(\.field) : Volume.fields
        let rows = list.show.quiet ? [] : answer.volumes.map { $0.row(of: fields) }
        try list.print(Listing(columns: columns, rows: rows), names: answer.volumes.map(\.name))
    }

    private var columns: [Listing.Column] {
        var columns = [
            Listing.Column(header: "DRIVER", field: "Driver"),
            Listing.Column(header: "VOLUME NAME", field: "Name"),
        ]
        if size {
            columns += [
                Self.bytes("SIZE", "Size"), Self.bytes("USED", "Used"),
                Listing.Column(header: "USE%", field: "Percent") { row in
                    if case .integer(let percent)? = row["Percent"] { "\(percent)%" } else { "-" }
                },
            ]
        }
        if mountpoint {
            columns.append(Listing.Column(header: "MOUNT POINT", field: "Mountpoint"))
        }
        return columns
    }

    private static func bytes(_ header: String, _ field: String) -> Listing.Column {
        Listing.Column(header: header, field: field) { row in
            if case .integer(let bytes)? = row[field] { Size.text(bytes) } else { "-" }
        }
    }
}

extension Volume {
    /// What lists can show of it, under the names that the daemon uses. `Size` is its limit.
    fileprivate static let fields = [
        "Name", "Driver", "Mountpoint", "CreatedAt", "Scope", "Status", "Labels", "Options", "Size",
        "Used", "Percent", "Inodes", "InodeLimit", "AsOf",
    ]

    fileprivate func row(of fields: [String]) -> JSON {
        .object(Dictionary(uniqueKeysWithValues: fields.map { ($0, self[$0]) }))
    }

    private subscript(field: String) -> JSON {
        switch field {
        case "Name": .string(name)
        case "Driver": .string(driver)
        case "Mountpoint": .string(mountpoint)
        case "CreatedAt": .string(createdAt)
        case "Scope": .string(scope)
        case "Status": JSON(status)
        case "Labels": JSON(labels)
        case "Options": JSON(options)
        case "Size": Self.number(usage?.limit)
        case "Used": Self.number(usage.flatMap { $0.size < 0 ? nil : $0.size })
        case "Percent": Self.number(usage?.percent.map(Int64.init))
        case "Inodes": Self.number(usage?.inodes)
        case "InodeLimit": Self.number(usage?.inodeLimit)
        case "AsOf": usage?.asOf.map(JSON.string) ?? .null
        default: .null
        }
    }

    private static func number(_ count: Int64?) -> JSON { count.map(JSON.integer) ?? .null }
}
