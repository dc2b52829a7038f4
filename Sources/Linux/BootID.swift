import Glibc

/// What names this boot of the machine: different after every reboot.
public enum BootID {
    private static let path = "/proc/sys/kernel/random/boot_id"

    public static func current() throws(SystemError) -> String {
        let file = try OpenFile(path, for: .reading)
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = try checked("read", path) { read(file.descriptor, &bytes, bytes.count) }
        let line = bytes.prefix(count).prefix { $0 != UInt8(ascii: "\n") }
        return String(decoding: line, as: UTF8.self)
    }
}
