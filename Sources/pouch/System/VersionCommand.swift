import ArgumentParser
import PouchAPI
import PouchClient

/// Shows which versions speak with each other.
struct VersionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version",
        abstract: "Show the versions of pouch and of pouchd.",
        discussion: """
            EXAMPLE
              pouch version
            """)

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        try Console.print("pouch:       \(release)")
        let version = try await daemon.client.version()
        var lines = [("pouchd", version.version)]
        lines += [("API", "\(version.apiVersion) (from \(version.minAPIVersion))")]
        lines += version.components.filter { $0.version != version.version }
            .map { ($0.name, $0.version) }
        lines += [("OS", "\(version.os)/\(version.architecture), kernel \(version.kernelVersion)")]
        for (name, value) in lines {
            let padding = String(repeating: " ", count: max(1, 12 - name.count))
            try Console.print("\(name):\(padding)\(value)")
        }
    }
}
