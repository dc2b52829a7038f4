/// A version of Docker's Engine API, as in the prefix `/v1.45`.
struct APIVersion: Hashable, Comparable, Sendable, CustomStringConvertible {
    let major: Int
    let minor: Int

    /// The newest whose rules hold; what a request without a prefix gets.
    static let newest = APIVersion(1, 51)
    /// What clients are told they may go down to. Any is answered.
    static let oldest = APIVersion(1, 24)

    init(_ major: Int, _ minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// Parses `v<N>[.<M>]`; nil if the text is no version.
    init?(prefix text: some StringProtocol) {
        guard text.utf8.first == UInt8(ascii: "v") else { return nil }
        let parts = text.dropFirst().split(separator: ".", omittingEmptySubsequences: false)
        let isNumeric = parts.allSatisfy { part in
            !part.isEmpty && part.utf8.allSatisfy { (0x30...0x39).contains($0) }
        }
        guard isNumeric, parts.count <= 2, let major = parts.first else { return nil }
        // A number that is too large is later than all that we know.
        self.init(Int(major) ?? .max, parts.count == 2 ? Int(parts[1]) ?? .max : 0)
    }

    var description: String { "\(major).\(minor)" }

    static func < (one: APIVersion, other: APIVersion) -> Bool {
        (one.major, one.minor) < (other.major, other.minor)
    }
}
