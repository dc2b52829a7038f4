import FoundationEssentials

/// A point in time, as lists show it.
enum Moment {
    /// RFC 3339, in UTC; nil if nobody knows when, which the daemon says as 0.
    static func text(_ seconds: Int64) -> String? {
        guard seconds != 0 else { return nil }
        return Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
    }

    /// RFC 3339, in UTC, with all nine digits of its fraction.
    static func precise(nanoseconds: Int64) -> String {
        let seconds = nanoseconds / 1_000_000_000
        let digits = String(nanoseconds % 1_000_000_000)
        let fraction = String(repeating: "0", count: 9 - digits.count) + digits
        let text = Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
        return "\(text.dropLast()).\(fraction)Z"
    }

    /// `5 minutes ago`; with two of a unit at least, or one second.
    static func age(of seconds: Int64, now: Date = Date()) -> String {
        guard seconds != 0 else { return "-" }
        let age = max(0, Int64(now.timeIntervalSince1970) - seconds)
        let units: [(Int64, String)] = [
            (31_536_000, "years"), (2_592_000, "months"), (604_800, "weeks"), (86400, "days"),
            (3600, "hours"), (60, "minutes"),
        ]
        for (length, name) in units where age >= 2 * length { return "\(age / length) \(name) ago" }
        return age == 1 ? "1 second ago" : "\(age) seconds ago"
    }
}
