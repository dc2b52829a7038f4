import Glibc
import PouchClient

/// The system's tar, which reads or writes this host's files while bytes go to it or come from it.
final class Tar {
    enum Direction {
        case gives, takes
    }

    /// Where its bytes come from, or go to.
    let descriptor: CInt
    private let process: pid_t
    private var isOpen = true

    init(_ arguments: [String], _ direction: Direction) throws {
        var ends: [CInt] = [0, 0]
        guard pipe(&ends) == 0 else { throw ClientError.unreadable("a pipe", errno: errno) }
        let (ours, theirs) = direction == .gives ? (ends[0], ends[1]) : (ends[1], ends[0])
        _ = fcntl(ours, F_SETFD, FD_CLOEXEC)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(
            &actions, theirs, direction == .gives ? STDOUT_FILENO : STDIN_FILENO)
        posix_spawn_file_actions_addclose(&actions, theirs)
        let words = (["tar"] + arguments).map { strdup($0) }
        defer { for word in words { free(word) } }
        var child = pid_t()
        let failure = posix_spawnp(&child, "tar", &actions, nil, words + [nil], environ)
        close(theirs)
        guard failure == 0 else {
            close(ours)
            throw ClientError.unreadable("tar, which cp needs", errno: failure)
        }
        (descriptor, process) = (ours, child)
    }

    /// Waits for its end; throws if it could not do all that it should.
    func finish() throws {
        if isOpen { close(descriptor) }
        isOpen = false
        var status: CInt = 0
        while waitpid(process, &status, 0) < 0 && errno == EINTR {}
        guard status == 0 else {
            throw ClientError.failed("tar could not copy everything: it says why above")
        }
    }
}
