import Linux

/// The machine that we run on.
public enum Host {
    /// Its name; nil if it has none.
    public static var name: String? {
        let name = try? OpenFile.text(at: "/proc/sys/kernel/hostname")
        return name.flatMap { $0.split(separator: "\n").first.map(String.init) }
    }

    /// The distribution's own name for itself; nil if it doesn't say.
    public static var distribution: String? {
        let release = try? OpenFile.text(at: "/etc/os-release")
        let line = release?.split(separator: "\n").first { $0.hasPrefix("PRETTY_NAME=") }
        return line.map { $0.dropFirst(12).filter { $0 != "\"" } }
    }
}
