/// A range of IPv4 addresses, such as `10.89.0.0/16`.
public struct Subnet: Hashable, Sendable, CustomStringConvertible {
    /// The lowest address, in the host's byte order.
    let base: UInt32
    let prefixLength: Int

    /// Reads `10.89.0.0/16`; the address must be the range's own.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = Self.address(parts[0]),
            let length = Int(parts[1]), (8...29).contains(length)
        else { return nil }
        self.init(base: address, prefixLength: length)
        guard base & ~mask == 0 else { return nil }
    }

    init(base: UInt32, prefixLength: Int) {
        self.base = base
        self.prefixLength = prefixLength
    }

    private var mask: UInt32 { prefixLength == 0 ? 0 : ~0 << UInt32(32 - prefixLength) }

    /// The first address is the bridge's.
    var gateway: String { Self.text(base + 1) }

    func overlaps(_ other: Subnet) -> Bool {
        let common = mask & other.mask
        return base & common == other.base & common
    }

    public var description: String { "\(Self.text(base))/\(prefixLength)" }

    static func text(_ address: UInt32) -> String {
        [24, 16, 8, 0].map { String(address >> UInt32($0) & 255) }.joined(separator: ".")
    }

    static func address(_ text: some StringProtocol) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let bytes = parts.compactMap { UInt8($0) }
        guard parts.count == 4, bytes.count == 4 else { return nil }
        return bytes.reduce(0) { $0 << 8 | UInt32($1) }
    }
}

extension Subnet {
    /// What is tried, in this order, where nobody says what to take.
    static let candidates =
        (90...127).map { Subnet(base: 10 << 24 | UInt32($0) << 16, prefixLength: 16) }
        + (16...255).map { Subnet(base: 192 << 24 | 168 << 16 | UInt32($0) << 8, prefixLength: 24) }

    /// Those that this host has routes to, as `/proc/net/route` tells them.
    static func routed(_ table: String) -> [Subnet] {
        table.split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(whereSeparator: \.isWhitespace)
            guard fields.count > 7, let base = UInt32(fields[1], radix: 16),
                let mask = UInt32(fields[7], radix: 16), mask != 0
            else { return nil }
            return Subnet(base: base.byteSwapped, prefixLength: mask.nonzeroBitCount)
        }
    }
}
