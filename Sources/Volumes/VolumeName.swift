/// A volume's name: safe to use as a directory, a key and a URL segment.
///
/// Parsing is the only way to obtain one, so no later code needs to check again.
public struct VolumeName: Hashable, Sendable, CustomStringConvertible {
    public let description: String

    /// The longest name, in bytes: what a directory entry may have on every Linux filesystem.
    public static let longest = 255

    /// Parses `[a-zA-Z0-9][a-zA-Z0-9_.-]+`, Docker's rule for volume names.
    public init(_ text: String) throws(VolumeError) {
        let bytes = text.utf8
        guard
            bytes.count >= 2, bytes.count <= Self.longest,
            let first = bytes.first, Self.isAlphanumeric(first),
            bytes.dropFirst().allSatisfy(Self.isAllowed)
        else { throw .invalidName(text) }
        description = text
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
            || byte == UInt8(ascii: "-")
    }
}

extension VolumeName: Comparable {
    public static func < (one: VolumeName, other: VolumeName) -> Bool {
        one.description < other.description
    }
}
