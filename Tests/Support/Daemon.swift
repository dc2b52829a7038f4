import Glibc
import Synchronization

/// One run of a program that goes on until it is told to end.
public final class Daemon: Sendable {
    /// What programs of tests find in their environment.
    public static let environment = [
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root",
        "LANG": "C.UTF-8",
    ]

    public let id: Int32
    private let ending = Mutex<Int32?>(nil)

    /// What it prints is appended to the file `log`.
    public init(_ words: [String], settings: [String: String] = [:], log: String) throws {
        let all = Self.environment.merging(settings) { $1 }
        let arguments = words.map { strdup($0) }
        let environment = all.map { strdup("\($0.key)=\($0.value)") }
        defer { for text in arguments + environment { free(text) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var child: Int32 = 0
        let error = posix_spawn(
            &child, words[0], &actions, nil, arguments + [nil], environment + [nil])
        guard error == 0 else { throw TestFailure("start \(words[0]): errno \(error)") }
        id = child
    }

    /// How it ended, below zero for a signal; nil while it runs.
    public var status: Int32? {
        ending.withLock { ending in
            var status: Int32 = 0
            if ending == nil, waitpid(id, &status, WNOHANG) == id {
                ending = status & 0x7f == 0 ? (status >> 8) & 0xff : -(status & 0x7f)
            }
            return ending
        }
    }

    public func signal(_ number: Int32) {
        guard status == nil else { return }
        kill(id, number)
    }

    /// Waits for its end and returns how it came.
    @discardableResult
    public func end(within limit: Duration = .seconds(30)) async throws -> Int32 {
        try await eventually("process \(id) ends", within: limit) { status != nil }
        return status ?? 0
    }
}
