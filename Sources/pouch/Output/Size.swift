/// Bytes as people read them, in binary units: `1.5GiB`.
enum Size {
    /// Never rounded up: a size that reads `10GiB` has all of them.
    static func text(_ bytes: Int64) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
        var size: Int64 = 1
        var unit = 0
        while unit < units.count - 1, bytes / size >= 1024 {
            size <<= 10
            unit += 1
        }
        let tenths = size == 1 ? 0 : (bytes % size) / (size / 1024) * 10 / 1024
        return "\(bytes / size)" + (tenths > 0 ? ".\(tenths)" : "") + units[unit]
    }

    /// Reads `10G`, `512m`, `1.5GiB` or plain bytes; nil if it is no size.
    static func bytes(_ text: String) -> Int64? {
        let number = text.prefix { "0123456789.".contains($0) }
        let unit = text[number.endIndex...].lowercased().filter { $0 != " " }
        let letters = ["", "k", "m", "g", "t", "p"]
        guard let power = letters.firstIndex(of: String(unit.prefix { $0 != "i" && $0 != "b" })),
            let count = Double(number)
        else { return nil }
        return Int64(exactly: (count * Double(Int64(1) << (10 * Int64(power)))).rounded(.down))
    }
}
