import Glibc

/// Lets tests of a debug build kill the daemon at a step that they name in `POUCHD_DIE_AT`.
enum Fault {
    #if DEBUG
        private static let deadly = getenv("POUCHD_DIE_AT").map { String(cString: $0) }

        static let step: @Sendable (String) -> Void = { step in
            if step == deadly { kill(getpid(), SIGKILL) }
        }
    #else
        static let step: @Sendable (String) -> Void = { _ in }
    #endif
}
