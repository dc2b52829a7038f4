import FoundationEssentials
import Linux

/// A mount as the kernel lists it.
struct MountEntry: Hashable, Sendable {
    /// What of the filesystem is shown there.
    let root: String
    let place: String
    let options: Set<String>
    /// `shared:1`, `master:2`, …
    let propagation: [String]
    let type: String
    let source: String
    let superOptions: Set<String>

    /// Everything mounted in the namespace of a process.
    static func all(of process: String = "self") -> [MountEntry] {
        lines(of: "/proc/\(process)/mountinfo").compactMap(MountEntry.init)
    }

    static func at(_ place: String) -> MountEntry? {
        all().last { $0.place == place }
    }

    static func under(_ path: String) -> [MountEntry] {
        all().filter { $0.place == path || $0.place.hasPrefix(path + "/") }
    }

    init?(_ line: some StringProtocol) {
        let fields = line.split(separator: " ").map { Self.plain(String($0)) }
        guard let dash = fields.firstIndex(of: "-"), dash >= 6, fields.count > dash + 2 else {
            return nil
        }
        root = fields[3]
        place = fields[4]
        options = Self.words(fields[5])
        propagation = Array(fields[6..<dash])
        type = fields[dash + 1]
        source = fields[dash + 2]
        superOptions = fields.count > dash + 3 ? Self.words(fields[dash + 3]) : []
    }

    private static func words(_ text: String) -> Set<String> {
        Set(text.split(separator: ",").map(String.init))
    }

    /// Blanks are written as `\040`.
    private static func plain(_ text: String) -> String {
        text.replacing("\\040", with: " ").replacing("\\134", with: "\\")
    }
}

/// The lines of a file that may be gone already.
func lines(of path: String) -> [String] {
    guard let text = try? OpenFile.text(at: path) else { return [] }
    return text.split(separator: "\n").map(String.init)
}
