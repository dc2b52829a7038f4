/// A container's id: 64 hex digits.
public struct ContainerID: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let description: String

    /// Nil unless `text` is 64 lower-case hex digits.
    public init?(_ text: String) {
        let isHex = text.utf8.allSatisfy { byte in
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
        }
        guard text.utf8.count == 64, isHex else { return nil }
        description = text
    }

    public static func random() -> ContainerID {
        var generator = SystemRandomNumberGenerator()
        return random(using: &generator)
    }

    public static func random(using generator: inout some RandomNumberGenerator) -> ContainerID {
        ContainerID(
            digits: (0..<32).map { _ in
                let byte = UInt8.random(in: .min ... .max, using: &generator)
                return (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }.joined())
    }

    private init(digits: String) {
        description = digits
    }

    /// What people see and type: the first 12 digits.
    public var short: String { String(description.prefix(12)) }

    public static func < (one: ContainerID, other: ContainerID) -> Bool {
        one.description < other.description
    }
}

extension ContainerID: Codable {
    public init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        let text = try value.decode(String.self)
        guard let id = ContainerID(text) else {
            throw DecodingError.dataCorruptedError(
                in: value, debugDescription: "\(text) is no container's id")
        }
        self = id
    }

    public func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        try value.encode(description)
    }
}
