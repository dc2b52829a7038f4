import Crypto

/// A blob's name: `sha256:` and 64 hex digits of what it holds.
struct Digest: Hashable, Sendable, CustomStringConvertible {
    private static let prefix = "sha256:"

    let description: String

    /// Nil unless `text` is a whole sha256 digest in lower case.
    init?(_ text: String) {
        let digits = text.utf8.dropFirst(Self.prefix.utf8.count)
        guard text.hasPrefix(Self.prefix), digits.count == 64, Self.isHex(digits) else {
            return nil
        }
        description = text
    }

    init(of bytes: some Sequence<UInt8>) {
        var hash = SHA256()
        hash.update(data: Array(bytes))
        self.init(hash.finalize())
    }

    init(_ hash: SHA256Digest) {
        let digits: [String] = hash.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
        description = Self.prefix + digits.joined()
    }

    var hex: String { String(description.dropFirst(Self.prefix.count)) }
    /// What people see: the first 12 digits.
    var short: String { String(hex.prefix(12)) }

    /// The name of the snapshot that applying these layers in order makes; nil without layers.
    static func chain(_ layers: some Sequence<Digest>) -> Digest? {
        layers.reduce(nil) { parent, layer in
            guard let parent else { return layer }
            return Digest(of: "\(parent) \(layer)".utf8)
        }
    }

    static func isHex(_ bytes: some Sequence<UInt8>) -> Bool {
        bytes.allSatisfy { byte in
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
        }
    }
}

extension Digest: Codable {
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let digest = Digest(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "\"\(text)\" is not a sha256 digest")
        }
        self = digest
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
