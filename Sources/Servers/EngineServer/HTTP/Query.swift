import FoundationEssentials

/// What follows the `?` of a request.
struct Query: Sendable {
    private let values: [String: [String]]

    init(_ text: some StringProtocol) throws(Refusal) {
        var values: [String: [String]] = [:]
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let words = parts.map { $0.percentDecoded(plusIsSpace: true) }
            guard let key = words[0], let value = words.count == 2 ? words[1] : "" else {
                throw .invalid("invalid query \"\(pair)\": % begins no two hex digits of UTF-8")
            }
            values[key, default: []].append(value)
        }
        self.values = values
    }

    /// The first value; nil if the key is absent or empty.
    subscript(key: String) -> String? {
        values[key]?.first.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// All values of a key that may be repeated, but not the empty ones.
    func all(_ key: String) -> [String] { (values[key] ?? []).filter { !$0.isEmpty } }

    /// Everything but "", 0, no, false and none is true: `True` too, which some clients send.
    func flag(_ key: String) -> Bool {
        guard let value = self[key] else { return false }
        return !["0", "no", "false", "none"].contains(value.lowercased())
    }

    func integer(_ key: String) throws(Refusal) -> Int? {
        guard let text = self[key] else { return nil }
        guard let number = Int(text) else {
            throw .invalid("invalid \(key) \"\(text)\": give a whole number")
        }
        return number
    }

    /// Seconds since 1970, perhaps with a fraction; 0 is none.
    func time(_ key: String) throws(Refusal) -> Date? {
        guard let text = self[key] else { return nil }
        guard let seconds = Double(text), abs(seconds) < 1e11 else {
            throw .invalid("invalid \(key) \"\(text)\": give seconds since 1970")
        }
        return seconds == 0 ? nil : Date(timeIntervalSince1970: seconds)
    }
}
