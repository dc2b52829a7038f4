import CLinux
import Glibc

/// Network namespaces that are kept by a file, whether or not a process is in them.
public enum NetworkNamespace {
    /// Makes one that `path` keeps, with nothing but a loopback that is down; `path` must be free.
    ///
    /// Blocks for a moment.
    public static func make(at path: String) throws(SystemError) {
        let file = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw SystemError("open", path, errno: errno) }
        close(file)
        do {
            try answered("make network namespace", path) {
                path.withCString { clinux_make_network_namespace($0) }
            }
        } catch {
            unlink(path)
            throw error
        }
    }

    /// Lets it go, if there is one; it ends with the last process in it.
    public static func remove(_ path: String) throws(SystemError) {
        guard access(path, F_OK) == 0 else { return }
        do {
            try Mounting.unmount(path, lazily: true)
        } catch  where error.errno == EINVAL {
            // Nothing was mounted yet.
        }
        if unlink(path) != 0, errno != ENOENT { throw SystemError("unlink", path, errno: errno) }
    }
}
