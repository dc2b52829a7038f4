import Glibc

extension OpenFile {
    /// Writes a whole order to a file that the kernel makes up, such as one in /sys; waits until
    /// the kernel has carried it out.
    public static func order(_ text: String, at path: String) throws(SystemError) {
        let descriptor = try checked("open", path) { Glibc.open(path, O_WRONLY | O_CLOEXEC) }
        let file = OpenFile(adopting: descriptor, path: path)
        // Never again after an interruption: it may have been carried out.
        guard write(file.descriptor, text, text.utf8.count) < 0 else { return }
        throw SystemError("write to", path, errno: Glibc.errno)
    }
}
