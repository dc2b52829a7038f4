/// The keys that end a session and leave the container alone: `ctrl-p,ctrl-q` unless told otherwise.
struct DetachKeys: Hashable, Sendable {
    static let standard: [UInt8] = [16, 17]

    let bytes: [UInt8]

    /// Reads `ctrl-X` and single characters, with commas between them.
    init(_ text: String?) throws(Refusal) {
        guard let text else {
            bytes = Self.standard
            return
        }
        var bytes: [UInt8] = []
        for key in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let byte = Self.byte(of: key) else {
                throw .invalid(
                    "invalid detach keys \"\(text)\": give characters or ctrl-LETTER, "
                        + "with commas between them")
            }
            bytes.append(byte)
        }
        self.bytes = bytes
    }

    private static func byte(of key: Substring) -> UInt8? {
        let text = key.lowercased()
        if key.utf8.count == 1 { return key.utf8.first }
        guard text.hasPrefix("ctrl-"), text.utf8.count == 6, let last = text.utf8.last else {
            return nil
        }
        switch last {
        case UInt8(ascii: "a")...UInt8(ascii: "z"): return last - 96
        case UInt8(ascii: "@"): return 0
        case UInt8(ascii: "["): return 27
        case UInt8(ascii: "\\"): return 28
        case UInt8(ascii: "]"): return 29
        case UInt8(ascii: "^"): return 30
        case UInt8(ascii: "_"): return 31
        default: return nil
        }
    }
}

/// Looks for the keys in what is typed, and holds back what may be their beginning.
struct DetachSearch: Sendable {
    private let keys: [UInt8]
    private var matched = 0

    init(_ keys: DetachKeys) {
        self.keys = keys.bytes
    }

    /// What to hand on of `typed`; `isFound` says that the keys were there, and what follows them
    /// is nobody's.
    mutating func pass(_ typed: some Sequence<UInt8>) -> (bytes: [UInt8], isFound: Bool) {
        var passed: [UInt8] = []
        for byte in typed {
            if matched < keys.count, byte == keys[matched] {
                matched += 1
                if matched == keys.count { return (passed, true) }
                continue
            }
            passed += keys[..<matched]
            matched = byte == keys.first ? 1 : 0
            if matched == 0 { passed.append(byte) }
        }
        return (passed, false)
    }
}
