import ArgumentParser
import PouchAPI
import PouchClient

/// Shows what containers use.
struct ContainerStatsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Show what containers use of their host, once.",
        discussion: """
            Without names, of all that run.

            EXAMPLE
              pouch stats --format '{{.Name}} {{.MemUsage}}'
            """)

    @Flag(help: .hidden)
    var noStream = false

    @OptionGroup var form: FormatOptions

    @Argument(help: "Names or ids of containers.", completion: .containerNames)
    var names: [String] = []

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        let client = try daemon.client
        let all = names.isEmpty ? try await client.containers(all: false).map(\.id) : names
        let rows = try await withThrowingTaskGroup(of: (Int, ContainerStats).self) { group in
            for (place, name) in all.enumerated() {
                group.addTask { (place, try await client.stats(of: name)) }
            }
            var found: [(Int, ContainerStats)] = []
            for try await one in group { found.append(one) }
            return found.sorted { $0.0 < $1.0 }.map { Self.row($0.1) }
        }
        try Console.write(Listing(columns: Self.columns, rows: rows).text(as: form.format))
    }

    private static let columns = [
        Listing.Column(header: "CONTAINER ID", field: "ID"),
        Listing.Column(header: "NAME", field: "Name"),
        Listing.Column(header: "CPU %", field: "CPUPerc"),
        Listing.Column(header: "MEM USAGE / LIMIT", field: "MemUsage"),
        Listing.Column(header: "PIDS", field: "PIDs"),
    ]

    private static func row(_ stats: ContainerStats) -> JSON {
        let memory = stats.memory_stats
        let used = (memory.usage ?? 0) - min(memory.usage ?? 0, cache(memory.stats))
        return .object([
            "ID": .string(String(stats.id.prefix(12))),
            "Name": .string(String(stats.name.drop { $0 == "/" })),
            "CPUPerc": .string(processors(stats)),
            "MemUsage": .string(
                Size.text(Int64(clamping: used)) + " / "
                    + Size.text(Int64(clamping: memory.limit ?? 0))),
            "PIDs": .string("\(stats.pids_stats.current ?? 0)"),
        ])
    }

    /// What the kernel gives back when somebody needs it.
    private static func cache(_ details: [String: UInt64]) -> UInt64 {
        details["total_inactive_file"] ?? details["inactive_file"] ?? 0
    }

    private static func processors(_ stats: ContainerStats) -> String {
        let (now, before) = (stats.cpu_stats, stats.precpu_stats)
        let used = Double(now.cpu_usage.total_usage) - Double(before.cpu_usage.total_usage)
        let all = Double(now.system_cpu_usage ?? 0) - Double(before.system_cpu_usage ?? 0)
        guard used > 0, all > 0, before.system_cpu_usage != nil else { return "0.00%" }
        let hundredths = Int(used / all * Double(now.online_cpus ?? 1) * 10_000)
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)%"
    }
}
