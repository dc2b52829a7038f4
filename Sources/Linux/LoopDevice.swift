import CLinux
import Glibc

/// A file made a block device, until its last user is gone: a mount, or this object.
///
/// The kernel takes it away by itself, also from a process that is killed.
public struct LoopDevice: Sendable {
    /// Such as `/dev/loop3`.
    public let path: String
    private let device: OpenFile

    /// Makes `file`, open for reading and writing, a device that calls itself `name`.
    public init(over file: OpenFile, named name: String) throws(SystemError) {
        var number: Int32 = 0
        let descriptor = try answered("make a loop device of", file.path) {
            clinux_loop_attach(file.descriptor, name, &number)
        }
        path = "/dev/loop\(number)"
        device = OpenFile(adopting: descriptor, path: path)
    }

    /// Opens the device that is mounted as `path`, if it shows `file`.
    public init?(at path: String, showing file: FileStatus) {
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        device = OpenFile(adopting: descriptor, path: path)
        self.path = path
        var filesystem: UInt64 = 0
        var inode: UInt64 = 0
        guard clinux_loop_file(descriptor, &filesystem, &inode) == 0, inode == file.inode else {
            return nil
        }
    }

    /// Lets the device have what its file has grown to.
    public func grow() throws(SystemError) {
        try answered("grow", path) { clinux_loop_grow(device.descriptor) }
    }
}
