import ArgumentParser
import FoundationEssentials

/// A point in time as people write it: `2025-01-31T08:00:00Z`, `10m` ago, or seconds since 1970.
struct Since {
    /// Seconds since 1970, as the daemon reads them.
    let text: String

    init(_ typed: String, now: Date = Date()) throws {
        if Double(typed) != nil {
            text = typed
        } else if let age = Self.seconds(in: typed) {
            text = String(Int64(now.timeIntervalSince1970) - age)
        } else if let date = try? Date(typed, strategy: .iso8601) {
            text = String(Int64(date.timeIntervalSince1970))
        } else {
            throw ValidationError("write a time such as 2025-01-31T08:00:00Z, or 1h30m")
        }
    }

    /// Reads `1h30m`; nil if it isn't of that form.
    private static func seconds(in text: String) -> Int64? {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86400]
        var sum: Int64 = 0
        var rest = Substring(text)
        while let unit = rest.firstIndex(where: { !$0.isNumber }) {
            guard let number = Int64(rest[..<unit]), let length = units[rest[unit]] else {
                return nil
            }
            sum += number * length
            rest = rest[unit...].dropFirst()
        }
        return rest.isEmpty && !text.isEmpty ? sum : nil
    }
}
