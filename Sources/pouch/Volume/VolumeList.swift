import ArgumentParser
import PouchAPI
import PouchClient

/// Lists volumes.
struct VolumeList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List volumes.",
        discussion: """
            Filters are name, driver, label and dangling.

            EXAMPLE
              pouch volume ls --size --mountpoint
              pouch volume ls -q --filter label=team=blue
              pouch volume ls --format '{{.Name}} {{.Mountpoint}}'
            """,
        aliases: ["list"])

    @OptionGroup var list: ListOptions

    @Flag(help: "Show how large each volume may grow.")
    var size = false

    @Flag(help: "Show where each volume's data is.")
    var mountpoint = false

    @OptionGroup var daemon: DaemonOptions

    func validate() throws {
        guard !list.quiet || !(size || mountpoint) else {
            throw ValidationError("--quiet prints names alone: leave out --size and --mountpoint.")
        }
    }

    func run() async throws {
        let client = try daemon.client
        async let drivers = showsSizes ? client.drivers() : []
        let answer = try await client.volumes(filters: list.filters)
        for warning in answer.warnings ?? [] { Console.say(warning) }
        let limits = VolumeLimits(try await drivers)
        let rows = list.quiet ? [] : answer.volumes.map { $0.row(limits.bytes(of: $0)) }
        try list.print(Listing(columns: columns, rows: rows), names: answer.volumes.map(\.name))
    }

    private var showsSizes: Bool { !list.quiet && (size || list.format != .plain) }

    private var columns: [Listing.Column] {
        var columns = [
            Listing.Column(header: "DRIVER", field: "Driver"),
            Listing.Column(header: "VOLUME NAME", field: "Name"),
        ]
        if size {
            columns.append(
                Listing.Column(header: "SIZE", field: "Size") { row in
                    if case .integer(let bytes)? = row["Size"] { Size.text(bytes) } else { "-" }
                })
        }
        if mountpoint {
            columns.append(Listing.Column(header: "MOUNT POINT", field: "Mountpoint"))
        }
        return columns
    }
}

extension Volume {
    /// What a list shows of it, under the names that the daemon uses.
    fileprivate func row(_ limit: Int64?) -> JSON {
        .object([
            "Name": .string(name), "Driver": .string(driver), "Mountpoint": .string(mountpoint),
            "CreatedAt": .string(createdAt), "Scope": .string(scope), "Status": JSON(status),
            "Labels": JSON(labels), "Options": JSON(options),
            "Size": limit.map(JSON.integer) ?? .null,
        ])
    }
}
