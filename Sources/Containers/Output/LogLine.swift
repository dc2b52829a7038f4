/// One line of a log file: `TIME STREAM P|F CONTENT`, as the scribe writes it.
struct LogLine {
    /// The time has always the same length, so that times compare as text.
    static let timeLength = 30
    /// Before the content.
    static let headLength = timeLength + 10

    let stream: LogEntry.Stream
    /// Whether the output's own line ends here.
    let isWhole: Bool
    private let line: ArraySlice<UInt8>

    /// Nil for a line that no scribe wrote.
    init?(_ line: ArraySlice<UInt8>) {
        guard line.count >= Self.headLength else { return nil }
        let head = line.startIndex + Self.timeLength
        // ` stdout F ` or ` stderr P `: enough to tell it from anything else.
        guard line[head] == UInt8(ascii: " "), line[head + 1] == UInt8(ascii: "s"),
            line[head + 7] == UInt8(ascii: " "), line[head + 9] == UInt8(ascii: " ")
        else { return nil }
        switch line[head + 4] {
        case UInt8(ascii: "o"): stream = .stdout
        case UInt8(ascii: "e"): stream = .stderr
        default: return nil
        }
        isWhole = line[head + 8] == UInt8(ascii: "F")
        self.line = line
    }

    /// A time that can be compared with another one's.
    var time: ArraySlice<UInt8> { line.prefix(Self.timeLength) }

    var entry: LogEntry {
        var bytes = Array(line.dropFirst(Self.headLength))
        if isWhole { bytes.append(UInt8(ascii: "\n")) }
        return LogEntry(
            stream: stream, time: String(decoding: time, as: UTF8.self), bytes: bytes)
    }
}
