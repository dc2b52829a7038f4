import ArgumentParser
import PouchAPI
import PouchClient

/// Lists containers.
struct ContainerList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ps",
        abstract: "List containers.",
        discussion: """
            Without --all only those that run. Filters are name, id, label, status, volume and \
            others that the daemon knows.

            EXAMPLE
              pouch ps
              pouch ps -aq --filter volume=data
              pouch ps --format '{{.Names}} {{.Status}}'
            """)

    @Flag(name: .shortAndLong, help: "Also list containers that don't run.")
    var all = false

    @Flag(name: .customLong("no-trunc"), help: "Show ids and commands in full.")
    var untruncated = false

    @Flag(name: .shortAndLong, help: "Also show how much they take on the disk.")
    var size = false

    @Flag(name: .shortAndLong, help: "List only the one made last, running or not.")
    var latest = false

    @Option(
        name: [.customShort("n"), .customLong("last")],
        help: ArgumentHelp("List only so many made last, running or not.", valueName: "number"))
    var last: Int?

    @OptionGroup var list: ListOptions

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        let most = latest ? 1 : last
        let containers = try await daemon.client.containers(
            all: all || most != nil, filters: list.filters, sizes: size)
        let rows = containers.prefix(most.map { max(0, $0) } ?? .max).map {
            ContainerRow($0, isFull: untruncated)
        }
        let columns = ContainerRow.columns + (size ? [ContainerRow.size] : [])
        let listing = Listing(columns: columns, rows: rows.map(\.json))
        try list.print(listing, names: rows.map(\.id))
    }
}

/// A container in a list.
private struct ContainerRow {
    static let columns = [
        Listing.Column(header: "CONTAINER ID", field: "ID"),
        Listing.Column(header: "IMAGE", field: "Image"),
        Listing.Column(header: "COMMAND", field: "Command"),
        Listing.Column(header: "CREATED", field: "RunningFor"),
        Listing.Column(header: "STATUS", field: "Status"),
        Listing.Column(header: "PORTS", field: "Ports"),
        Listing.Column(header: "NAMES", field: "Names"),
    ]

    static let size = Listing.Column(header: "SIZE", field: "Size")

    let id: String
    let json: JSON

    init(_ container: ContainerSummary, isFull: Bool) {
        id = isFull ? container.id : String(container.id.prefix(12))
        let mounts = container.mounts.map { $0.name ?? $0.source }
        let names = container.names.map { $0.drop { $0 == "/" } }
        json = .object([
            "ID": .string(id), "Image": .string(container.image),
            "ImageID": .string(container.imageID),
            "Command": .string(isFull ? container.command : Self.short(container.command)),
            "CreatedAt": JSON(Moment.text(container.created)),
            "RunningFor": .string(Moment.age(of: container.created)),
            "State": .string(container.state), "Status": .string(container.status),
            "Names": .string(names.joined(separator: ",")),
            "Ports": .string(container.ports.map(Self.text).joined(separator: ", ")),
            "Labels": JSON(container.labels),
            "Mounts": .string(mounts.joined(separator: ",")),
            "Size": .string(Self.size(of: container)),
        ])
    }

    /// As docker writes it: what it wrote, and all that it sees; empty unless asked for.
    private static func size(of container: ContainerSummary) -> String {
        guard let own = container.layerSize else { return "" }
        return Size.text(own) + (container.rootSize.map { " (virtual \(Size.text($0)))" } ?? "")
    }

    /// `0.0.0.0:8080->80/tcp`, or `80/tcp` for one that is only exposed.
    private static func text(_ port: ContainerPortSummary) -> String {
        let inside = "\(port.containerPort)/\(port.transport)"
        guard let hostPort = port.hostPort else { return inside }
        let address = port.address ?? ""
        return "\(address.contains(":") ? "[\(address)]" : address):\(hostPort)->\(inside)"
    }

    private static func short(_ command: String) -> String {
        command.count > 20 ? command.prefix(19) + "…" : command
    }
}
