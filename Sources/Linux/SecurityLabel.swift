import CLinux
import Glibc

/// SELinux's labels of files.
public enum SecurityLabel {
    private static let attribute = "security.selinux"

    /// Whether the kernel goes by SELinux: it shows what is usually at `/sys/fs/selinux`, and has a
    /// policy.
    public static func isUsed(at path: String = "/sys/fs/selinux") -> Bool {
        access("\(path)/class/file", F_OK) == 0
    }

    /// Gives a file, or a directory and everything in it, a label: no symlink is followed and no
    /// mount entered. What has no labels on its filesystem stays as it is.
    public static func set(_ label: String, on root: OpenFile, pulse: Pulse? = nil) throws {
        let answer = set(label, on: root, EntryName(""))
        guard answer != -ENOTSUP else { return }
        guard answer >= 0 else { throw SystemError("label", root.path, errno: -answer) }
        guard try root.status().kind == .directory else { return }
        let directory = try root.open(".", for: .directory)
        try TreeWalk(root: directory, pulse: pulse).run { name, directory, status in
            guard !status.isMountPoint else { return }
            let answer = set(label, on: directory, name)
            guard answer >= 0 || answer == -ENOENT else {
                throw SystemError("label", "\(directory.path)/\(name)", errno: -answer)
            }
        }
    }

    /// Answers minus an error number if it can't be.
    private static func set(
        _ label: String, on directory: OpenFile, _ name: EntryName
    ) -> Int32 {
        // The kernel counts the zero at its end.
        let value = Array(label.utf8CString)
        return clinux_set_attribute(
            directory.descriptor, name.bytes, attribute, value, UInt32(value.count))
    }
}
