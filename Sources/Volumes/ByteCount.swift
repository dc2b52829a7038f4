/// A number of bytes, as people write it: `10G`, `512m`, `1.5g` or plain bytes.
///
/// Units are binary (1k is 1024 bytes), may be followed by `b` or `ib`, and ignore case, as
/// docker's size options do.
public struct ByteCount: Hashable, Comparable, Sendable {
    public let bytes: Int64

    public init(bytes: Int64) {
        self.bytes = bytes
    }

    /// Parses a size above zero.
    public init(_ text: String) throws(VolumeError) {
        guard let bytes = Self.bytes(in: text), bytes > 0 else { throw .invalidSize(text) }
        self.bytes = bytes
    }

    public static func < (one: ByteCount, other: ByteCount) -> Bool { one.bytes < other.bytes }

    /// Digits, perhaps a fraction, perhaps a unit. Counted in integers: a size is never rounded
    /// up, nor off by what a floating-point number can't hold.
    private static func bytes(in text: String) -> Int64? {
        let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let factor = factor(of: text.dropFirst(number.count)) else { return nil }
        let parts = number.split(separator: ".", omittingEmptySubsequences: false)
        guard let first = parts.first, let whole = Int64(first) else { return nil }
        let (bytes, overflow) = whole.multipliedReportingOverflow(by: factor)
        guard !overflow else { return nil }
        guard parts.count > 1 else { return bytes }
        guard parts.count == 2, let rest = fraction(parts[1], of: factor) else { return nil }
        let (sum, tooLarge) = bytes.addingReportingOverflow(rest)
        return tooLarge ? nil : sum
    }

    private static func fraction(_ digits: Substring, of factor: Int64) -> Int64? {
        guard !digits.isEmpty, digits.count <= 5, let value = Int64(digits) else { return nil }
        let scale = (0..<digits.count).reduce(Int64(1)) { scale, _ in scale * 10 }
        // Split, so that not even 0.99999P overflows.
        return factor / scale * value + factor % scale * value / scale
    }

    private static func factor(of unit: Substring) -> Int64? {
        let unit = unit.lowercased()
        guard let letter = unit.first else { return 1 }
        guard let power = "kmgtp".firstIndex(of: letter) else { return unit == "b" ? 1 : nil }
        guard ["", "b", "ib"].contains(unit.dropFirst()) else { return nil }
        let exponent = "kmgtp".distance(from: "kmgtp".startIndex, to: power) + 1
        return 1 << (10 * Int64(exponent))
    }
}

extension ByteCount {
    /// With the largest unit that leaves it whole, as people write it: `20G`.
    public var exactly: String {
        var count = bytes
        var power = 0
        while count > 0, count % 1024 == 0, power < 5 {
            count /= 1024
            power += 1
        }
        return "\(count)" + ["", "K", "M", "G", "T", "P"][power]
    }
}

extension ByteCount: CustomStringConvertible {
    /// With the largest binary unit that leaves at least one, to at most two decimals: `1.5GiB`.
    public var description: String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
        var unit = 0
        var size: Int64 = 1
        while unit < units.count - 1, bytes / size >= 1024 {
            size <<= 10
            unit += 1
        }
        let hundredths = size.dividingFullWidth((bytes % size).multipliedFullWidth(by: 100))
            .quotient
        guard hundredths > 0 else { return "\(bytes / size)\(units[unit])" }
        let digits = hundredths < 10 ? "0\(hundredths)" : "\(hundredths)"
        let shown = digits.hasSuffix("0") ? String(digits.prefix(1)) : digits
        return "\(bytes / size).\(shown)\(units[unit])"
    }
}
