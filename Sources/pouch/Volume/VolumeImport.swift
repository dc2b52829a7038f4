import ArgumentParser
import Glibc
import PouchClient

/// Fills a volume from an archive.
struct VolumeImport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Make what a tar archive holds the content of a volume.",
        discussion: """
            gzip and zstd are recognised. The volume must exist and be empty, or --force given: \
            then all that is in it is replaced. If the archive does not arrive whole, the volume \
            is as it was.

            EXAMPLE
              pouch volume create data && pouch volume import data data.tar.zst
            """)

    @Flag(name: .shortAndLong, help: "Replace what is in the volume.")
    var force = false

    @Argument(help: "The volume's name.", completion: .volumeNames)
    var name: String

    @Argument(help: "The archive; stdin unless said, or -.", completion: .file())
    var file: String?

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        let path = file == "-" ? nil : file
        guard path != nil || isatty(STDIN_FILENO) == 0 else {
            throw ValidationError("Nothing comes in on stdin: name an archive.")
        }
        let descriptor = try path.map(Self.open) ?? STDIN_FILENO
        let progress = ByteProgress(total: Self.size(of: descriptor))
        defer { progress.end() }
        let source = Source(descriptor, name: path ?? "stdin") { progress.add($0) }
        try await daemon.client.importVolume(name, force: force, from: source)
    }

    private static func open(_ path: String) throws -> CInt {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ClientError.unreadable(path, errno: errno) }
        return descriptor
    }

    /// Nil for a pipe.
    private static func size(of descriptor: CInt) -> Int64? {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            return nil
        }
        return Int64(status.st_size)
    }
}
