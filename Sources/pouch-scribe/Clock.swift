import Glibc

/// The time as logs write it: RFC 3339 in UTC, with nine decimals.
final class Clock {
    /// The text up to the second, which is the same for many entries.
    private var second = -1
    private var prefix: [UInt8] = []

    func now() -> [UInt8] {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        if time.tv_sec != second {
            second = time.tv_sec
            prefix = Self.text(of: time.tv_sec)
        }
        return prefix + Self.digits(time.tv_nsec, count: 9) + [UInt8(ascii: "Z")]
    }

    /// `2026-01-31T23:59:58.`
    private static func text(of second: Int) -> [UInt8] {
        var second = second
        var parts = tm()
        gmtime_r(&second, &parts)
        var text = digits(Int(parts.tm_year) + 1900, count: 4)
        for (mark, number) in [
            ("-", parts.tm_mon + 1), ("-", parts.tm_mday), ("T", parts.tm_hour),
            (":", parts.tm_min), (":", parts.tm_sec),
        ] {
            text += Array(mark.utf8) + digits(Int(number), count: 2)
        }
        return text + [UInt8(ascii: ".")]
    }

    private static func digits(_ number: Int, count: Int) -> [UInt8] {
        var digits = [UInt8](repeating: UInt8(ascii: "0"), count: count)
        var rest = number
        for index in digits.indices.reversed() {
            digits[index] += UInt8(rest % 10)
            rest /= 10
        }
        return digits
    }
}
