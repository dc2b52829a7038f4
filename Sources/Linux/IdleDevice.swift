import Glibc

/// A block device that nobody uses: no filesystem on it is mounted in any namespace, not even one
/// that was unmounted lazily, and none can be while this object lives.
public struct IdleDevice: Sendable {
    /// Such as `/dev/nbd3`.
    public let path: String
    private let device: OpenFile

    /// Throws an error that ``SystemError/isBusy`` if somebody does.
    public init(_ path: String) throws(SystemError) {
        let flags = O_RDONLY | O_EXCL | O_NONBLOCK | O_CLOEXEC
        let descriptor = try checked("take", path) { open(path, flags) }
        device = OpenFile(adopting: descriptor, path: path)
        self.path = path
    }
}
