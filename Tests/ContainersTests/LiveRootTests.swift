import Glibc
import Testing

@testable import Containers

/// Whoever copies from a container that is just ending finds its process gone, before anybody has
/// heard of it.
@Suite(.timeLimit(.minutes(1)))
struct LiveRootTests {
    @Test func `a process that runs has a root`() throws {
        #expect(try ContainerCore.root(of: getpid()) != nil)
    }

    @Test func `one that has ended has none, waited for or not`() throws {
        var process: pid_t = 0
        let words = [strdup("sleep"), strdup("1000"), nil]
        defer { for word in words { free(word) } }
        #expect(posix_spawn(&process, "/bin/sleep", nil, nil, words, nil) == 0)
        #expect(kill(process, SIGKILL) == 0)
        // The kernel takes its root away before it is a zombie.
        var state = siginfo_t()
        #expect(waitid(P_PID, id_t(process), &state, WEXITED | WNOWAIT) == 0)
        #expect(try ContainerCore.root(of: process) == nil)
        #expect(waitpid(process, nil, 0) == process)
        #expect(try ContainerCore.root(of: process) == nil)
    }
}
