import Glibc
import TestSupport

/// A filesystem whose server never answers, as a dead network storage's: who asks it, waits.
///
/// It lets go of everybody when this object is gone, also by the test's own death.
final class HungFilesystem: Sendable {
    private let path: String
    private let server: Int32

    init(at path: String) throws {
        self.path = path
        server = open("/dev/fuse", O_RDWR | O_CLOEXEC)
        guard server >= 0 else { throw TestFailure("open /dev/fuse: errno \(errno)") }
        let options = "fd=\(server),rootmode=40000,user_id=0,group_id=0,allow_other"
        guard mount("hung", path, "fuse", 0, options) == 0 else {
            let number = errno
            close(server)
            throw TestFailure("mount fuse at \(path): errno \(number)")
        }
    }

    deinit {
        umount2(path, Int32(MNT_DETACH))
        close(server)
    }

    static var isPossible: Bool { access("/dev/fuse", R_OK | W_OK) == 0 }
}
