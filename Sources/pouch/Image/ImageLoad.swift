import ArgumentParser
import Glibc
import PouchAPI
import PouchClient

/// Takes in images from an archive.
struct ImageLoad: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract: "Take in images from an archive, docker's or an OCI one.",
        discussion: """
            EXAMPLE
              pouch load -i busybox.tar
              docker save busybox | pouch load
            """)

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("The archive; stdin unless said.", valueName: "file"),
        completion: .file())
    var input: String?

    @Flag(name: .shortAndLong, help: "Print nothing.")
    var quiet = false

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        guard input != nil || isatty(STDIN_FILENO) == 0 else {
            throw ValidationError("Nothing comes in on stdin: name an archive with -i.")
        }
        let descriptor = try input.map(Self.open) ?? STDIN_FILENO
        let source = Source(descriptor, name: input ?? "stdin")
        try await daemon.client.loadImages(from: source) { line in
            if let text = line.stream, !quiet { try Console.write(text) }
        }
    }

    private static func open(_ path: String) throws -> CInt {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ClientError.unreadable(path, errno: errno) }
        return descriptor
    }
}
