import ArgumentParser
import PouchClient

/// Writes images to an archive.
struct ImageSave: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "save",
        abstract: "Write images to an archive that pouch, docker and OCI's tools load.",
        discussion: """
            EXAMPLE
              pouch save -o busybox.tar busybox
              pouch save busybox | ssh other pouch load
            """)

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("The archive; stdout unless said, or -.", valueName: "file"),
        completion: .file())
    var output: String?

    @Argument(help: "Names or ids of images.", completion: .imageNames)
    var names: [String]

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        try await Destination.take(output) { write, _ in
            try await daemon.client.saveImages(names, to: write)
        }
    }
}
