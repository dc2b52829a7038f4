import FoundationEssentials

/// The forms in which answers tell a time, all in UTC.
enum Timestamp {
    /// What clients know as "never".
    static let never = "0001-01-01T00:00:00Z"

    /// RFC 3339, in whole seconds.
    static func seconds(_ date: Date) -> String {
        date.formatted(.iso8601)
    }

    /// RFC 3339, with milliseconds.
    static func precise(_ date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    /// As the `Date` header of HTTP has it: `Tue, 24 Nov 2026 00:18:08 GMT`.
    static func header(_ date: Date) -> String {
        let text = seconds(date)
        let fields = text.split { "-T:Z".contains($0) }
        guard fields.count == 6, let month = Int(fields[1]), (1...12).contains(month) else {
            return text
        }
        let days = Int((date.timeIntervalSince1970 / 86_400).rounded(.down))
        // 1 January 1970 was a Thursday.
        let weekday = weekdays[((days + 3) % 7 + 7) % 7]
        return "\(weekday), \(fields[2]) \(months[month - 1]) \(fields[0]) "
            + "\(fields[3]):\(fields[4]):\(fields[5]) GMT"
    }

    private static let weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
