import ArgumentParser
import Glibc
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
        let file = output == "-" ? nil : output
        guard file != nil || isatty(STDOUT_FILENO) == 0 else {
            throw ValidationError("An archive is nothing for a terminal: name a file with -o.")
        }
        let destination = try Destination(file)
        let progress = ByteProgress(total: nil)
        defer { progress.end() }
        async let expected: Void = expectSize(progress)
        do {
            try await daemon.client.exportVolume(name, compression: compression ?? guessed) {
                try destination.write($0)
                progress.add($0.count)
            }
            try destination.finish()
            await expected
        } catch {
            destination.drop()
            throw error
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

/// Where an archive goes: stdout, or a file that has its name only when it is whole.
private struct Destination {
    let path: String?
    private let draft: String
    private let descriptor: CInt

    init(_ path: String?) throws {
        self.path = path
        guard let path else {
            (draft, descriptor) = ("", STDOUT_FILENO)
            return
        }
        var status = stat()
        // What is no file, such as a device, is written to as it is.
        let isPlain = stat(path, &status) != 0 || status.st_mode & S_IFMT == S_IFREG
        draft = isPlain ? "\(path).\(getpid()).part" : ""
        descriptor = open(
            isPlain ? draft : path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw ClientError.unwritable(path, errno: errno) }
    }

    func write(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBufferPointer { try Console.write($0, to: descriptor) }
    }

    func finish() throws {
        guard let path else { return }
        guard fsync(descriptor) == 0 || errno == EINVAL, close(descriptor) == 0,
            draft.isEmpty || rename(draft, path) == 0
        else { throw ClientError.unwritable(path, errno: errno) }
    }

    func drop() {
        if !draft.isEmpty { unlink(draft) }
    }
}
