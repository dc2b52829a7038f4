/// What is said of a filesystem in memory, as after `--tmpfs /path:` or in a mount of type tmpfs.
struct MemoryOptions: Hashable, Sendable {
    /// What docker mounts such a filesystem with, unless told otherwise.
    private static let usual = ["noexec", "nosuid", "nodev"]
    private static let flags = [
        ["ro", "rw"], ["suid", "nosuid"], ["dev", "nodev"], ["exec", "noexec"],
        ["sync", "async"], ["mand", "nomand"], ["atime", "noatime", "strictatime", "relatime"],
        ["diratime", "nodiratime"],
    ]
    private static let values = ["mode", "uid", "gid", "nr_inodes", "nr_blocks", "size", "mpol"]

    /// As mount(8) takes them.
    let options: [String]
    let isReadOnly: Bool

    /// Reads a comma list.
    init(_ text: String) throws(BadMount) {
        var asked: [String] = []
        for word in text.split(separator: ",") {
            try Self.check(word)
            asked.append(String(word))
        }
        self.init(asked)
    }

    /// `extra` are flags of their own: `exec`, or a name and a value.
    init(size: Int64?, mode: UInt32?, extra: [[String]]) throws(BadMount) {
        var asked: [String] = []
        if let size, size != 0 {
            guard size > 0 else {
                throw BadMount("a size of \(size) bytes is none: give more than 0")
            }
            asked.append("size=\(size)")
        }
        if let mode, mode != 0 { asked.append("mode=\(String(mode, radix: 8))") }
        for words in extra {
            guard (1...2).contains(words.count) else {
                throw BadMount("tmpfs options are given as [name] or [name, value] each")
            }
            let word = words.joined(separator: "=")
            try Self.check(word[...])
            asked.append(word)
        }
        self.init(asked)
    }

    private init(_ asked: [String]) {
        var options = Self.usual
        for word in asked {
            let rivals = Self.rivals(of: word[...])
            options.removeAll { option in
                rivals.contains { option == $0 || option.hasPrefix($0 + "=") }
            }
            options.append(word)
        }
        isReadOnly = options.contains("ro")
        self.options = options.filter { !["ro", "rw"].contains($0) }
    }

    /// What a word takes the place of.
    private static func rivals(of word: Substring) -> [String] {
        let name = String(word.prefix { $0 != "=" })
        return flags.first { $0.contains(name) } ?? [name]
    }

    private static func check(_ word: Substring) throws(BadMount) {
        let name = String(word.prefix { $0 != "=" })
        let value = word.dropFirst(name.count + 1)
        let isKnown =
            name.count == word.count
            ? flags.contains { $0.contains(name) } : values.contains(name) && !value.isEmpty
        guard isKnown else {
            throw BadMount(
                "unknown tmpfs option \"\(word)\": use ro, exec, suid, dev, noatime and the like, "
                    + "or size=, mode=, uid=, gid=, nr_inodes=")
        }
        try checkValue(value, of: name)
    }

    private static func checkValue(_ value: Substring, of name: String) throws(BadMount) {
        let isGood =
            switch name {
            case "mode": value.wholeMatch(of: /[0-7]{1,5}/) != nil
            case "uid", "gid": UInt32(value) != nil
            case "size": value.wholeMatch(of: /[0-9]+[kKmMgGtT]?|[0-9]{1,3}%/) != nil
            case "nr_inodes", "nr_blocks": value.wholeMatch(of: /[0-9]+[kKmMgG]?/) != nil
            case "mpol": value.wholeMatch(of: /[a-z0-9:,=-]+/) != nil
            default: true
            }
        guard isGood else {
            throw BadMount("tmpfs option \(name)=\(value) has no value that the kernel takes")
        }
    }
}
