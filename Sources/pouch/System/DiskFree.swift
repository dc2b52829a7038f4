import ArgumentParser
import PouchAPI
import PouchClient

/// Shows how much of the disk images, containers and volumes take.
struct DiskFree: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "df",
        abstract: "Show how much of the disk images, containers and volumes take.",
        discussion: """
            EXAMPLE
              pouch system df
              pouch system df -v
            """)

    @Flag(name: .shortAndLong, help: "Show each image, container and volume.")
    var verbose = false

    @OptionGroup var form: FormatOptions

    @OptionGroup var daemon: DaemonOptions

    func validate() throws {
        guard !verbose || form.format == .plain else {
            throw ValidationError("--verbose and --format are not for one another: use either.")
        }
    }

    func run() async throws {
        let usage = try await daemon.client.diskUsage()
        guard verbose else {
            let listing = Listing(columns: Self.columns, rows: DiskShare.all(in: usage).map(\.json))
            return try Console.write(listing.text(as: form.format))
        }
        try Console.write("Images:\n\n" + Table.text(Self.images(in: usage)))
        try Console.write("\nContainers:\n\n" + Table.text(Self.containers(in: usage)))
        try Console.write("\nVolumes:\n\n" + Table.text(Self.volumes(in: usage)))
    }

    private static let columns = [
        Listing.Column(header: "TYPE", field: "Type"),
        Listing.Column(header: "TOTAL", field: "TotalCount"),
        Listing.Column(header: "ACTIVE", field: "Active"),
        Listing.Column(header: "SIZE", field: "Size"),
        Listing.Column(header: "RECLAIMABLE", field: "Reclaimable"),
    ]

    private static func images(in usage: DiskUsage) -> [[String]] {
        [["IMAGE", "ID", "SIZE", "CONTAINERS"]]
            + (usage.images ?? []).map { image in
                [
                    image.repoTags.first ?? "<none>",
                    String(image.id.split(separator: ":").last?.prefix(12) ?? ""),
                    Size.text(image.size), String(image.containers),
                ]
            }
    }

    private static func containers(in usage: DiskUsage) -> [[String]] {
        [["CONTAINER", "ID", "IMAGE", "SIZE", "STATUS"]]
            + (usage.containers ?? []).map { container in
                [
                    String(container.names.first?.dropFirst() ?? ""),
                    String(container.id.prefix(12)), container.image,
                    Size.text(container.layerSize ?? 0), container.status,
                ]
            }
    }

    private static func volumes(in usage: DiskUsage) -> [[String]] {
        [["VOLUME", "LINKS", "SIZE", "LIMIT", "INODES", "INODE LIMIT"]]
            + (usage.volumes ?? []).map { volume in
                let size = volume.usage?.size ?? -1
                return [
                    volume.name, String(volume.usage?.references ?? 0),
                    size < 0 ? "unknown" : Size.text(size),
                    volume.usage?.limit.map(Size.text) ?? "-",
                    volume.usage?.inodes.map(String.init) ?? "-",
                    volume.usage?.inodeLimit.map(String.init) ?? "-",
                ]
            }
    }
}

/// What all of one kind take together.
private struct DiskShare {
    var type: String
    var count: Int
    var active: Int
    /// Bytes.
    var size: Int64
    /// Bytes that those which nobody needs would give back.
    var reclaimable: Int64

    static func all(in usage: DiskUsage) -> [DiskShare] {
        let (images, containers) = (usage.images ?? [], usage.containers ?? [])
        let volumes = usage.volumes ?? []
        let idleImages = images.filter { $0.containers == 0 }
        let idle = containers.filter { !["running", "paused"].contains($0.state) }
        let unused = volumes.filter { $0.usage?.references == 0 }
        return [
            DiskShare(
                type: "Images", count: images.count, active: images.count - idleImages.count,
                size: usage.layersSize, reclaimable: idleImages.reduce(0) { $0 + $1.size }),
            DiskShare(
                type: "Containers", count: containers.count,
                active: containers.count - idle.count,
                size: containers.reduce(0) { $0 + ($1.layerSize ?? 0) },
                reclaimable: idle.reduce(0) { $0 + ($1.layerSize ?? 0) }),
            DiskShare(
                type: "Local Volumes", count: volumes.count, active: volumes.count - unused.count,
                size: volumes.reduce(0) { $0 + max(0, $1.usage?.size ?? 0) },
                reclaimable: unused.reduce(0) { $0 + max(0, $1.usage?.size ?? 0) }),
        ]
    }

    var json: JSON {
        let percent = size > 0 ? " (\(min(100, reclaimable * 100 / size))%)" : ""
        return .object([
            "Type": .string(type), "TotalCount": .integer(Int64(count)),
            "Active": .integer(Int64(active)), "Size": .string(Size.text(size)),
            "Reclaimable": .string(Size.text(reclaimable) + percent),
        ])
    }
}
