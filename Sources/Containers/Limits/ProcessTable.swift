import FoundationEssentials
import Glibc
import Linux

/// A container's processes as the host sees them, in the columns of `ps -ef` unless others are
/// asked for.
public struct ProcessTable: Hashable, Sendable {
    public let titles: [String]
    public let rows: [[String]]

    init(of container: ContainerID) {
        titles = ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"]
        rows = CGroups(of: container).processes.sorted().compactMap(Self.row)
    }

    /// What the host's `ps` prints of these processes; the last column may have spaces in it.
    init(of processes: [Int32], in output: String) throws(ContainerError) {
        let lines = output.split(separator: "\n").map { $0.split(separator: " ") }
        titles = lines.first?.map(String.init) ?? []
        guard let column = titles.firstIndex(of: "PID") else {
            throw .invalidRequest("ps prints no column PID: have it among those asked for")
        }
        let last = titles.count - 1
        let wanted = Set(processes.map { Substring("\($0)") })
        rows = lines.dropFirst().compactMap { words in
            guard words.count > max(last, column), wanted.contains(words[column]) else {
                return nil
            }
            return words[..<last].map(String.init) + [words[last...].joined(separator: " ")]
        }
    }

    /// Nil if it has gone meanwhile.
    private static func row(_ pid: Int32) -> [String]? {
        guard let text = try? OpenFile.text(at: "/proc/\(pid)/stat"),
            let end = text.lastIndex(of: ")"), let begin = text.firstIndex(of: "("),
            let words = try? OpenFile.text(at: "/proc/\(pid)/cmdline")
        else { return nil }
        let name = text[text.index(after: begin)..<end]
        // From the state on, which is the third.
        let fields = text[text.index(after: end)...].split { $0 == " " || $0 == "\n" }
        guard fields.count > 19, let user = try? FileStatus(of: "/proc/\(pid)").user else {
            return nil
        }
        let ticks = (UInt64(fields[11]) ?? 0) + (UInt64(fields[12]) ?? 0)
        let age = uptime - (Double(fields[19]) ?? 0) / perSecond
        let seconds = Double(ticks) / perSecond
        let command = words.split(separator: "\0").joined(separator: " ")
        return [
            account(user), "\(pid)", String(fields[1]),
            "\(age > 0 ? min(99, Int(seconds * 100 / age)) : 0)", clock(startedAgo: age),
            terminal(Int(fields[4]) ?? 0), duration(Int(seconds)),
            command.isEmpty ? "[\(name)]" : command,
        ]
    }

    private static let perSecond = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))

    private static var uptime: Double {
        let text = try? OpenFile.text(at: "/proc/uptime")
        return text?.split(separator: " ").first.flatMap { Double($0) } ?? 0
    }

    private static func account(_ user: UInt32) -> String {
        guard user == 0 else { return String(user) }
        return "root"
    }

    private static func terminal(_ device: Int) -> String {
        let (major, minor) = (device >> 8 & 0xfff, device & 0xff | device >> 12 & 0xfff00)
        return (136...143).contains(major) ? "pts/\((major - 136) << 8 | minor)" : "?"
    }

    private static func duration(_ seconds: Int) -> String {
        [seconds / 3600, seconds / 60 % 60, seconds % 60].map(twoDigits).joined(separator: ":")
    }

    private static func clock(startedAgo age: Double) -> String {
        var moment = time_t(Date().timeIntervalSince1970 - age)
        var parts = tm()
        localtime_r(&moment, &parts)
        return twoDigits(Int(parts.tm_hour)) + ":" + twoDigits(Int(parts.tm_min))
    }

    private static func twoDigits(_ number: Int) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}
