/// What names this boot of the machine: different after every reboot.
public enum BootID {
    private static let path = "/proc/sys/kernel/random/boot_id"

    public static func current() throws(SystemError) -> String {
        String(try OpenFile.text(at: path).prefix { $0 != "\n" })
    }
}
