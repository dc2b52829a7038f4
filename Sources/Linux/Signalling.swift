import Glibc

/// Processes that are known by their ids only, because another run of this program started them.
public enum Signalling {
    /// Asks a process to end.
    public static func terminate(_ process: Int32) { kill(process, SIGTERM) }

    /// Ends a process at once.
    public static func kill(_ process: Int32) { kill(process, SIGKILL) }

    private static func kill(_ process: Int32, _ signal: Int32) { _ = Glibc.kill(process, signal) }

    /// The words that a process was started with; nil if there is none, or it has ended.
    public static func words(of process: Int32) -> [String]? {
        guard let text = try? OpenFile.bytes(at: "/proc/\(process)/cmdline"), !text.isEmpty else {
            return nil
        }
        return text.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }
}
