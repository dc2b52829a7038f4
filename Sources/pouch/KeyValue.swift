import PouchClient

/// `NAME=VALUE`, split at the first `=` only, so that values may hold any text.
struct KeyValue: Hashable, Sendable {
    let key: String
    let value: String

    init(_ text: String) throws(KeyValueError) {
        guard let mark = text.firstIndex(of: "="), mark > text.startIndex else {
            throw KeyValueError(text: text)
        }
        key = String(text[..<mark])
        value = String(text[text.index(after: mark)...])
    }

    /// A name alone has an empty value.
    static func label(_ text: String) throws(KeyValueError) -> KeyValue {
        try KeyValue(text.contains("=") ? text : text + "=")
    }

    /// Values with the same key stand together. Keys are lower-case, whatever was typed.
    static func filters(_ pairs: [KeyValue]) -> Filters {
        Dictionary(grouping: pairs) { pair in
            pair.key.lowercased().filter { !$0.isWhitespace }
        }.mapValues { pairs in pairs.map(\.value) }
    }
}

/// What should have been `NAME=VALUE` isn't.
struct KeyValueError: Error, CustomStringConvertible {
    let text: String

    var description: String { "write NAME=VALUE" }
}

extension [String: String] {
    /// Nil if there are none; of two with the same name the later one holds.
    init?(_ pairs: [KeyValue]) {
        guard !pairs.isEmpty else { return nil }
        self.init(pairs.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
    }
}
