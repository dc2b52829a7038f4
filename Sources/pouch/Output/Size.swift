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
}
