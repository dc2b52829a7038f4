import Containers
import Glibc
import NIOCore
import NIOPosix

/// A file without a name: whatever happens, nothing is left of it.
///
/// It is written on threads that may wait for a disk, so that requests don't have to.
final class SpooledFile: Sendable {
    private let descriptor: CInt
    private let directory: String

    init(in directory: String) async throws {
        self.directory = directory
        descriptor = try await Self.perform {
            var template = Array("\(directory)/upload.XXXXXX".utf8CString)
            let descriptor = mkstemp(&template)
            guard descriptor >= 0 else { throw Self.failure(directory) }
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            unlink(template)
            return descriptor
        }
    }

    /// Good as long as the file is open, for any process that may look at ours.
    var path: String { "/proc/\(getpid())/fd/\(descriptor)" }

    func write(_ bytes: ByteBuffer) async throws {
        let (descriptor, directory) = (descriptor, directory)
        try await Self.perform {
            var rest = bytes.readableBytesView[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes {
                    Glibc.write(descriptor, $0.baseAddress, $0.count)
                }
                guard count >= 0 || errno == EINTR else { throw Self.failure(directory) }
                rest = rest.dropFirst(max(count, 0))
            }
        }
    }

    func close() async {
        let descriptor = descriptor
        _ = try? await Self.perform { Glibc.close(descriptor) }
    }

    private static func perform<Answer: Sendable>(
        _ work: @escaping @Sendable () throws -> Answer
    ) async throws -> Answer {
        try await NIOThreadPool.singleton.runIfActive(work)
    }

    private static func failure(_ directory: String) -> ContainerError {
        .runtime(
            action: "write an upload to \(directory)", reason: String(cString: strerror(errno)))
    }
}
