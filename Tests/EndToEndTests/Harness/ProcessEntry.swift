import FoundationEssentials
import Glibc
import Linux

/// A process as /proc shows it.
struct ProcessEntry: Sendable, CustomStringConvertible {
    let id: Int32
    let parent: Int32
    let isZombie: Bool
    let words: [String]

    var description: String { "\(id) \(words.joined(separator: " "))" }

    init?(_ id: Int32) {
        guard let stat = try? OpenFile.text(at: "/proc/\(id)/stat"),
            let nameEnd = stat.lastIndex(of: ")")
        else { return nil }
        let fields = stat[nameEnd...].split(separator: " ")
        guard fields.count > 2, let parent = Int32(fields[2]) else { return nil }
        self.id = id
        self.parent = parent
        isZombie = fields[1] == "Z"
        words = lines(of: "/proc/\(id)/cmdline").joined(separator: "\n").split(separator: "\0")
            .map(String.init)
    }

    static func all() -> [ProcessEntry] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { Int32($0) }.compactMap(ProcessEntry.init).filter { !$0.isZombie }
    }

    static func isAlive(_ id: Int32) -> Bool {
        ProcessEntry(id).map { !$0.isZombie } ?? false
    }

    /// Those whose command line names something under `root`, what descends from them, and those
    /// whose own root directory is kept there: a daemon's, whoever started them.
    static func belonging(to root: String) -> [ProcessEntry] {
        let all = all().filter { $0.id != getpid() }
        var found = Set(
            all.filter { process in
                process.words.contains { $0.contains(root) } || isRooted(process.id, in: root)
            }.map(\.id))
        var grew = true
        while grew {
            let more = all.filter { found.contains($0.parent) && !found.contains($0.id) }
            found.formUnion(more.map(\.id))
            grew = !more.isEmpty
        }
        return all.filter { found.contains($0.id) }
    }

    /// Containers have a root directory that lies over layers in the daemon's own.
    static func isRooted(_ id: Int32, in root: String) -> Bool {
        guard let top = MountEntry.all(of: "\(id)").last(where: { $0.place == "/" }) else {
            return false
        }
        return top.superOptions.contains { $0.contains(root) }
    }
}
