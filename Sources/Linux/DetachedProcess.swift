import CLinux
import Glibc
import Synchronization

/// A program in a session of its own, that lives on when this process ends.
///
/// It gets /dev/null or what it is given as its input, a file as its output, and nothing else that
/// is open here. A thread waits for its end, so that it never stays a zombie.
public final class DetachedProcess: Sendable {
    public let id: Int32
    private let hasEnded = Atomic(false)

    public init(
        _ executable: String, arguments: [String], environment: [String: String],
        input: Int32? = nil, output: String
    ) throws(SystemError) {
        id = try Self.spawn(executable, arguments, environment, input, output)
        try awaitEnd()
    }

    public var isRunning: Bool { !hasEnded.load(ordering: .acquiring) }

    private func awaitEnd() throws(SystemError) {
        let thread = try Thread.start { [self] in
            while waitpid(id, nil, 0) < 0, errno == EINTR {}
            hasEnded.store(true, ordering: .releasing)
        }
        pthread_detach(thread)
    }

    private static func spawn(
        _ executable: String, _ arguments: [String], _ environment: [String: String],
        _ input: Int32?, _ output: String
    ) throws(SystemError) -> Int32 {
        let words = ([executable] + arguments).map { strdup($0) }
        let settings = environment.map { strdup("\($0)=\($1)") }
        defer { for text in words + settings { free(text) } }
        var child: Int32 = 0
        let failure = clinux_spawn_detached(
            executable, words + [nil], settings + [nil], input ?? -1, output, &child)
        guard failure == 0 else { throw SystemError("spawn", executable, errno: failure) }
        return child
    }
}
