/// Finds, going backwards through a log, where its last lines begin.
///
/// A line of output is one entry marked whole and the parts of the same stream before it, or parts
/// that nothing has ended so far.
struct TailSearch {
    private let lines: Int
    private let wanted: Set<LogEntry.Stream>
    private var found = 0
    /// Streams with a line whose later part has been seen.
    private var open: Set<LogEntry.Stream> = []

    init(lines: Int, stdout: Bool, stderr: Bool) {
        self.lines = lines
        var wanted: Set<LogEntry.Stream> = []
        if stdout { wanted.insert(.stdout) }
        if stderr { wanted.insert(.stderr) }
        self.wanted = wanted
    }

    /// Looks at a piece of the log that begins at `offset`, the later pieces first; what is before
    /// its first newline and after its last is left out. Returns where the first wanted line is.
    mutating func look(in block: [UInt8], at offset: Int) -> Int? {
        // All but the log's very first line follow a newline.
        let first = offset == 0 ? 0 : block.firstIndex(of: Self.newline).map { $0 + 1 }
        guard let first, var end = block.lastIndex(of: Self.newline), end >= first else {
            return nil
        }
        while true {
            let start = (block[first..<end].lastIndex(of: Self.newline)).map { $0 + 1 } ?? first
            if let line = LogLine(block[start..<end]), isOneTooMany(line) {
                return offset + end + 1
            }
            guard start > first else { return nil }
            end = start - 1
        }
    }

    private static let newline = UInt8(ascii: "\n")

    private mutating func isOneTooMany(_ line: LogLine) -> Bool {
        guard wanted.contains(line.stream) else { return false }
        let isNew = open.insert(line.stream).inserted
        guard line.isWhole || isNew else { return false }
        found += 1
        return found > lines
    }
}
