import ArgumentParser
import PouchAPI
import PouchClient

/// Removes images.
struct ImageRemove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rmi",
        abstract: "Remove images, and print what went.",
        discussion: """
            EXAMPLE
              pouch rmi busybox
            """)

    @Flag(name: .shortAndLong, help: "Also remove an image that has other names.")
    var force = false

    @Argument(help: "Names or ids of images.", completion: .imageNames)
    var names: [String]

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        let client = try daemon.client
        try await Each.name(of: names) { name in
            for item in try await client.removeImage(name, force: force) {
                if let name = item.untagged { try Console.print("Untagged: \(name)") }
                if let id = item.deleted { try Console.print("Deleted: \(id)") }
            }
        }
    }
}
