/// A part of a volume or an image: a relative path that never leads out of it.
public struct Subpath: Codable, Hashable, Sendable, CustomStringConvertible {
    /// Without `.`, doubled or trailing slashes.
    public let description: String

    init(_ text: String) throws(BadMount) {
        let parts = text.split(separator: "/").filter { $0 != "." }
        guard !text.hasPrefix("/"), !parts.isEmpty, !parts.contains(".."), !text.utf8.contains(0)
        else {
            throw BadMount(
                "subpath \"\(text)\" is not one: give a relative path without \"..\", such as a/b")
        }
        description = parts.joined(separator: "/")
    }

    var parts: [String] { description.split(separator: "/").map(String.init) }

    public init(from decoder: any Decoder) throws {
        description = try decoder.singleValueContainer().decode(String.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
