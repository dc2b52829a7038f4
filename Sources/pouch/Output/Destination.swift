import ArgumentParser
import Glibc
import PouchClient

/// Where an archive goes: stdout, or a file that has its name only when it is whole.
struct Destination {
    private let path: String?
    private let draft: String
    private let descriptor: CInt

    /// Has `body` write an archive to a file, or to stdout if that is nil or `-`, and shows on a
    /// terminal how far it is. What breaks off leaves no file.
    static func take(
        _ path: String?,
        _ body: (_ write: @escaping @Sendable ([UInt8]) throws -> Void, ByteProgress) async throws
            -> Void
    ) async throws {
        let file = path == "-" ? nil : path
        guard file != nil || isatty(STDOUT_FILENO) == 0 else {
            throw ValidationError("An archive is nothing for a terminal: name a file with -o.")
        }
        let destination = try Destination(file)
        let progress = ByteProgress(total: nil)
        defer { progress.end() }
        do {
            try await body(
                { bytes in
                    try destination.write(bytes)
                    progress.add(bytes.count)
                }, progress)
            try destination.finish()
        } catch {
            destination.drop()
            throw error
        }
    }

    private init(_ path: String?) throws {
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

    private func write(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBufferPointer { try Console.write($0, to: descriptor) }
    }

    private func finish() throws {
        guard let path else { return }
        guard fsync(descriptor) == 0 || errno == EINVAL, close(descriptor) == 0,
            draft.isEmpty || rename(draft, path) == 0
        else { throw ClientError.unwritable(path, errno: errno) }
    }

    private func drop() {
        if !draft.isEmpty { unlink(draft) }
    }
}
