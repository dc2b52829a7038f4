public import Linux

/// How owners on a disk appear in a container: `uids=0-1000-1#5-2000-10;gids=0-1000-1`.
///
/// Each range is what is stored, what it appears as, and how many. A container that runs as 1000
/// then reads and writes files of root as if they were its own.
public struct IDMapping: Codable, Hashable, Sendable {
    /// What the kernel takes.
    private static let mostRanges = 340

    public let users: [OwnerRange]
    public let groups: [OwnerRange]

    init(_ text: String) throws(BadMount) {
        var ranges: [Substring: [OwnerRange]] = [:]
        for part in text.split(separator: ";", omittingEmptySubsequences: false) {
            let words = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard words.count == 2, ["uids", "gids"].contains(words[0]), ranges[words[0]] == nil
            else { throw Self.bad(text) }
            ranges[words[0]] = try Self.ranges(words[1], of: text)
        }
        guard let users = ranges["uids"], let groups = ranges["gids"] else { throw Self.bad(text) }
        self.users = users
        self.groups = groups
    }

    private static func ranges(
        _ list: Substring, of text: String
    ) throws(BadMount) -> [OwnerRange] {
        var ranges: [OwnerRange] = []
        for item in list.split(separator: "#", omittingEmptySubsequences: false) {
            let numbers = item.split(separator: "-", omittingEmptySubsequences: false)
                .map { UInt32($0) }
            guard numbers.count == 3, let stored = numbers[0], let shown = numbers[1],
                let count = numbers[2], count > 0, stored <= .max - count, shown <= .max - count
            else { throw bad(text) }
            ranges.append(OwnerRange(stored: stored, shown: shown, count: count))
        }
        guard ranges.count <= mostRanges else {
            throw BadMount("idmap has more than \(mostRanges) ranges: the kernel takes no more")
        }
        for (index, range) in ranges.enumerated() {
            guard ranges[..<index].allSatisfy({ !$0.meets(range) }) else {
                throw BadMount("idmap \"\(text)\" names an id twice: ranges must not overlap")
            }
        }
        return ranges
    }

    private static func bad(_ text: String) -> BadMount {
        BadMount(
            "idmap \"\(text)\" is not understood: write uids=STORED-SHOWN-COUNT;gids=…, with "
                + "\"#\" between ranges, such as uids=0-1000-1;gids=0-1000-1")
    }

    /// As it is written.
    public var text: String {
        func list(_ ranges: [OwnerRange]) -> String {
            ranges.map { "\($0.stored)-\($0.shown)-\($0.count)" }.joined(separator: "#")
        }
        return "uids=\(list(users));gids=\(list(groups))"
    }
}

extension OwnerRange {
    fileprivate func meets(_ other: OwnerRange) -> Bool {
        (stored < other.stored + other.count && other.stored < stored + count)
            || (shown < other.shown + other.count && other.shown < shown + count)
    }
}
