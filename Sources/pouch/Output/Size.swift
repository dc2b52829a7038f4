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

    /// Reads a size as docker does: `512m`, `1.5GiB`, or plain bytes; nil for anything else.
    static func bytes(_ text: String) -> Int64? {
        let number = text.prefix { $0.isASCII && $0.isNumber || $0 == "." }
        let units = ["", "k", "m", "g", "t", "p"]
        var unit = text.dropFirst(number.count).lowercased()
        for ending in ["ib", "b"] where unit.hasSuffix(ending) {
            unit.removeLast(ending.count)
            break
        }
        guard let power = units.firstIndex(of: unit), let value = Double(number), value.isFinite
        else { return nil }
        let bytes = value * Double(1 << (10 * power))
        return bytes < 0x1p62 ? Int64(bytes) : nil
    }
}
