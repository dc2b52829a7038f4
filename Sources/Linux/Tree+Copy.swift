import CLinux
import Glibc
import Synchronization

extension Tree {
    /// Copies everything that is in one directory into another, and makes the other's own owner
    /// and permissions the same.
    ///
    /// Keeps owners, permissions, extended attributes, ACLs, hard links, holes, times and what is
    /// neither file nor directory, except sockets, which mean nothing without who listens. Enters
    /// no other filesystem. Memory does not grow with the number or size of files.
    public static func copy(
        from source: OpenFile, to destination: OpenFile, pulse: Pulse? = nil
    ) throws {
        let outcome = Outcome()
        // libarchive changes the working directory as it goes: on a thread with one of its own.
        let thread = try Thread.start {
            outcome.result.withLock {
                $0 = Result {
                    try answered("chdir", destination.path) {
                        clinux_enter_alone(destination.descriptor, 0)
                    }
                    try TreeCopy(from: source, into: destination.path).run(pulse)
                }
            }
        }
        pthread_join(thread, nil)
        try outcome.result.withLock { $0 }?.get()
    }

    private final class Outcome: Sendable {
        let result = Mutex<Result<Void, any Error>?>(nil)
    }
}
