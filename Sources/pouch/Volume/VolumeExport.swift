import ArgumentParser
import PouchAPI
import PouchClient

/// Writes what is in a volume to an archive.
struct VolumeExport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write all that is in a volume to a tar archive.",
        discussion: """
            Owners, permissions, times, extended attributes, ACLs, hard links and holes are kept.

            EXAMPLE
              pouch volume export data -o data.tar.zst --compression zstd
              pouch volume export data | ssh other pouch volume import data
            """)

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("The archive; stdout unless said, or -.", valueName: "file"),
        completion: .file())
    var output: String?

    @Option(
        help: ArgumentHelp(
            "none, gzip or zstd; what the file's name ends with unless said.", valueName: "way"))
    var compression: String?

    @Argument(help: "The volume's name.", completion: .volumeNames)
    var name: String

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        try await Destination.take(output) { write, progress in
            async let expected: Void = expectSize(progress)
            try await daemon.client.exportVolume(
                name, compression: compression ?? guessed, to: write)
            await expected
        }
    }

    /// Measures the volume meanwhile, if somebody looks on and its bytes are not packed.
    private func expectSize(_ progress: ByteProgress) async {
        guard Console.showsProgress, compression ?? guessed ?? "none" == "none",
            let usage = try? await daemon.client.usage(ofVolume: name), usage.size > 0
        else { return }
        progress.expect(usage.size)
    }

    private var guessed: String? {
        guard let output else { return nil }
        if output.hasSuffix(".zst") || output.hasSuffix(".zstd") { return "zstd" }
        return output.hasSuffix(".gz") || output.hasSuffix(".tgz") ? "gzip" : nil
    }
}
