import CLinux
import Glibc
import Synchronization
public import SystemPackage

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
    ) throws(Errno) {
        id = try Self.spawn(executable, arguments, environment, input, output)
        try awaitEnd()
    }

    public var isRunning: Bool { !hasEnded.load(ordering: .acquiring) }

    private func awaitEnd() throws(Errno) {
        var thread = pthread_t()
        let box = Unmanaged.passRetained(self)
        let failure = pthread_create(
            &thread, nil,
            { box in
                guard let box else { return nil }
                let process = Unmanaged<DetachedProcess>.fromOpaque(box).takeRetainedValue()
                while waitpid(process.id, nil, 0) < 0, errno == EINTR {}
                process.hasEnded.store(true, ordering: .releasing)
                return nil
            }, box.toOpaque())
        guard failure == 0 else {
            box.release()
            throw Errno(rawValue: failure)
        }
        pthread_detach(thread)
    }

    private static func spawn(
        _ executable: String, _ arguments: [String], _ environment: [String: String],
        _ input: Int32?, _ output: String
    ) throws(Errno) -> Int32 {
        let words = ([executable] + arguments).map { strdup($0) }
        let settings = environment.map { strdup("\($0)=\($1)") }
        defer { for text in words + settings { free(text) } }
        var child: Int32 = 0
        let failure = clinux_spawn_detached(
            executable, words + [nil], settings + [nil], input ?? -1, output, &child)
        guard failure == 0 else { throw Errno(rawValue: failure) }
        return child
    }
}
