import FoundationEssentials

/// What a list or a prune is narrowed to: values by key.
struct Filters: Sendable {
    private let values: [String: [String]]

    /// Reads `{"k":{"v":true}}` and, as older clients have it, `{"k":["v"]}`.
    init(_ text: String?) throws(Refusal) {
        guard let text else {
            values = [:]
            return
        }
        guard let lists = try? JSONDecoder().decode([String: List].self, from: Data(text.utf8))
        else { throw .invalid("invalid filters: give JSON like {\"label\":[\"a=b\"]}") }
        values = lists.mapValues(\.values)
    }

    private struct List: Decodable {
        let values: [String]

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let set = try? container.decode([String: Bool].self) {
                values = set.keys.sorted()
            } else {
                values = try container.decode([String].self)
            }
        }
    }

    func allow(_ known: Set<String>) throws(Refusal) {
        for key in values.keys.sorted() where !known.contains(key) {
            throw .invalid("invalid filter '\(key)'")
        }
    }

    subscript(key: String) -> [String] { values[key] ?? [] }

    /// Whether any of the values is `text`, or there are none.
    func allows(_ key: String, _ text: String) -> Bool {
        self[key].isEmpty || self[key].contains(text)
    }

    /// Nil if it was not given.
    func flag(_ key: String) throws(Refusal) -> Bool? {
        var flag: Bool?
        for value in self[key] {
            let isTrue = ["1", "true"].contains(value)
            guard isTrue || ["0", "false"].contains(value), flag ?? isTrue == isTrue else {
                throw .invalid("invalid filter '\(key)=\(value)'")
            }
            flag = isTrue
        }
        return flag
    }

    /// A moment: seconds since 1970, or how long ago (`10m`, `24h`); nil if it was not given.
    func moment(_ key: String) throws(Refusal) -> Date? {
        guard let text = self[key].first else { return nil }
        if let seconds = Double(text) { return Date(timeIntervalSince1970: seconds) }
        if let date = try? Date(text, strategy: .iso8601) { return date }
        var ago = 0.0
        var rest = text[...]
        let units = ["h": 3600.0, "m": 60, "s": 1]
        while let match = rest.prefixMatch(of: /([0-9]+(?:\.[0-9]+)?)(h|m|s)/) {
            ago += (Double(match.1) ?? 0) * (units[String(match.2)] ?? 0)
            rest = rest[match.range.upperBound...]
        }
        guard rest.isEmpty, ago > 0 else {
            throw .invalid("invalid filter '\(key)=\(text)': give a time, or how long ago: 24h")
        }
        return Date().addingTimeInterval(-ago)
    }

    /// Whether all values, `k` or `k=v` each, are among the labels; true if there are none.
    func matchLabels(_ key: String, _ labels: [String: String]) -> Bool {
        self[key].allSatisfy { value in
            let parts = value.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let label = labels[String(parts[0])] else { return false }
            return parts.count == 1 || label == parts[1]
        }
    }

    /// Whether any value is found in one of the texts, as a regular expression; true if there are
    /// none.
    func matchPattern(_ key: String, _ texts: [String]) -> Bool {
        self[key].isEmpty
            || self[key].contains { value in
                let isPlain = value.allSatisfy { $0.isLetter || $0.isNumber || "_-/:".contains($0) }
                let pattern = isPlain ? nil : try? Regex(value)
                return texts.contains { text in
                    text == value || text.contains(value)
                        || pattern.map { text.contains($0) } ?? false
                }
            }
    }
}
