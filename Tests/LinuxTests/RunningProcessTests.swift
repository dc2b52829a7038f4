import Glibc
import Linux
import Testing

/// Processes that are known by their ids.
@Suite(.timeLimit(.minutes(1)))
struct RunningProcessTests {
    private func sleeper() throws -> DetachedProcess {
        try DetachedProcess(
            "/bin/sleep", arguments: ["1000"], environment: [:], output: "/dev/null")
    }

    private func awaitEnd(of process: RunningProcess) { while !process.hasEnded { usleep(1000) } }

    @Test func `what runs has words, and ends when it is asked to`() throws {
        let process = try #require(RunningProcess(sleeper().id))
        while process.words?.first != "/bin/sleep" { usleep(1000) }
        #expect(process.words == ["/bin/sleep", "1000"])
        #expect(!process.hasEnded)
        process.terminate()
        awaitEnd(of: process)
        #expect(process.words == nil)
    }

    @Test func `a zombie has ended`() throws {
        var id: pid_t = 0
        let words = [strdup("sleep"), strdup("1000"), nil]
        defer { for word in words { free(word) } }
        #expect(posix_spawn(&id, "/bin/sleep", nil, nil, words, nil) == 0)
        let process = try #require(RunningProcess(id))
        process.kill()
        awaitEnd(of: process)
        #expect(kill(id, 0) == 0, "nobody has waited for it yet")
        #expect(waitpid(id, nil, 0) == id)
        #expect(process.hasEnded)
        #expect(RunningProcess(id) == nil)
    }

    /// A process whose first thread is gone has no words any more, and is not at its end.
    @Test func `a process whose other threads run has not ended`() throws {
        let script = """
            import ctypes, threading, time
            threading.Thread(target=lambda: time.sleep(1000)).start()
            ctypes.CDLL(None).syscall(60, 0)
            """
        let started = try DetachedProcess(
            "/usr/bin/python3", arguments: ["-c", script], environment: [:], output: "/dev/null")
        let process = try #require(RunningProcess(started.id))
        while process.words?.first != "/usr/bin/python3" { usleep(1000) }
        while process.words != nil { usleep(1000) }
        #expect(!process.hasEnded)
        process.kill()
        awaitEnd(of: process)
    }
}
