import FoundationEssentials

/// Which entries of a log are wanted.
struct LogFilter: Sendable {
    enum Verdict {
        case take, leave
        /// Neither this nor any later one.
        case end
    }

    private let stdout: Bool
    private let stderr: Bool
    private let since: [UInt8]?
    private let until: [UInt8]?

    init(_ request: LogRequest) {
        stdout = request.stdout
        stderr = request.stderr
        since = request.since.map(Self.text)
        until = request.until.map(Self.text)
    }

    func judge(_ line: LogLine) -> Verdict {
        if let until, !line.time.lexicographicallyPrecedes(until) { return .end }
        if let since, line.time.lexicographicallyPrecedes(since) { return .leave }
        return (line.stream == .stdout ? stdout : stderr) ? .take : .leave
    }

    /// As logs write it: `2026-01-31T23:59:58.000000000Z`.
    static func text(of date: Date) -> [UInt8] {
        let seconds = date.timeIntervalSince1970.rounded(.down)
        let whole = Date(timeIntervalSince1970: seconds)
        let digits = String(Int((date.timeIntervalSince(whole) * 1e9).rounded()))
        let padded = String(repeating: "0", count: max(0, 9 - digits.count)) + digits
        return Array("\(whole.formatted(.iso8601).dropLast()).\(padded)Z".utf8)
    }
}
