import Linux

/// Where the kernel counts what a container uses, in either version of its cgroups.
struct CGroups: Sendable {
    static let root = "/sys/fs/cgroup"
    /// Whether all controllers lie in one tree.
    static let isUnified = (try? FileStatus(of: root + "/cgroup.controllers")) != nil

    private let path: String

    init(of id: ContainerID) {
        path = "/pouch/\(id)"
    }

    /// The directory in which a controller of version 1, or all of version 2, has its files.
    func directory(_ controller: String) -> String {
        Self.isUnified ? Self.root + path : "\(Self.root)/\(controller)\(path)"
    }

    /// A file's lines; none if it is not there.
    func lines(_ controller: String, _ file: String) -> [Substring] {
        let text = try? OpenFile.text(at: "\(directory(controller))/\(file)")
        return text?.split(separator: "\n") ?? []
    }

    /// The number that is all a file holds; nil also for `max`.
    func number(_ controller: String, _ file: String) -> UInt64? {
        lines(controller, file).first.flatMap { UInt64($0) }
    }

    /// A file of `key value` lines.
    func table(_ controller: String, _ file: String) -> [String: UInt64] {
        var table: [String: UInt64] = [:]
        for line in lines(controller, file) {
            let words = line.split(separator: " ")
            if words.count == 2, let value = UInt64(words[1]) { table[String(words[0])] = value }
        }
        return table
    }

    /// The pids of all processes in it.
    var processes: [Int32] { lines("pids", "cgroup.procs").compactMap { Int32($0) } }

    /// Whether the kernel has killed here for want of memory.
    var wasOutOfMemory: Bool {
        let file = Self.isUnified ? "memory.events" : "memory.oom_control"
        return table("memory", file)["oom_kill"] ?? 0 > 0
    }
}
