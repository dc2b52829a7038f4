/// Reads JSON in one pass, in its own order: for the one answer that is so long that taking it in
/// with a general decoder would take longer than all else a command does.
struct JSONScanner {
    /// What is not JSON, or not of the shape that was expected.
    struct Unexpected: Error, CustomStringConvertible {
        let what: String
        /// How many bytes came before it.
        let place: Int

        var description: String { "\(what) at byte \(place)" }
    }

    /// How deep what is skipped may be nested.
    private static let deepest = 64

    private let bytes: [UInt8]
    private var place = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    private func unexpected(_ what: String) -> Unexpected { Unexpected(what: what, place: place) }

    // MARK: Values

    /// Reads an object; `value` reads what stands under each key, or skips it.
    mutating func object(_ value: (inout Self, String) throws -> Void) throws {
        try take("{", "no object")
        guard !takes("}") else { return }
        repeat {
            let key = try string()
            try take(":", "no value")
            try value(&self, key)
        } while takes(",")
        try take("}", "no end of an object")
    }

    /// Reads a list; `item` reads each of its items.
    mutating func array(_ item: (inout Self) throws -> Void) throws {
        try take("[", "no list")
        guard !takes("]") else { return }
        repeat { try item(&self) } while takes(",")
        try take("]", "no end of a list")
    }

    mutating func string() throws -> String {
        try take("\"", "no text")
        let start = place
        while place < bytes.count {
            switch bytes[place] {
            case UInt8(ascii: "\""):
                defer { place += 1 }
                return try text(bytes[start..<place])
            case UInt8(ascii: "\\"):
                return try escapedString(from: start)
            case 0..<0x20:
                throw unexpected("a control character")
            default:
                place += 1
            }
        }
        throw unexpected("no end of a text")
    }

    mutating func integer() throws -> Int64 {
        skipSpace()
        let start = place
        if place < bytes.count, bytes[place] == UInt8(ascii: "-") { place += 1 }
        while place < bytes.count, isDigit(bytes[place]) { place += 1 }
        guard let number = Int64(try text(bytes[start..<place])) else {
            throw unexpected("no whole number")
        }
        return number
    }

    /// Whether there is nothing, which is then read.
    mutating func takesNull() -> Bool {
        skipSpace()
        guard place < bytes.count, bytes[place] == UInt8(ascii: "n"),
            bytes[place...].starts(with: "null".utf8)
        else { return false }
        place += 4
        return true
    }

    /// Reads whatever comes.
    mutating func skip() throws { try skip(depth: 0) }

    private mutating func skip(depth: Int) throws {
        guard depth < Self.deepest else { throw unexpected("too much within each other") }
        skipSpace()
        switch place < bytes.count ? bytes[place] : 0 {
        case UInt8(ascii: "{"): try object { scanner, _ in try scanner.skip(depth: depth + 1) }
        case UInt8(ascii: "["): try array { scanner in try scanner.skip(depth: depth + 1) }
        case UInt8(ascii: "\""): _ = try string()
        default: try skipWord()
        }
    }

    /// A number, or one of the three words.
    private mutating func skipWord() throws {
        let start = place
        while place < bytes.count, isPartOfWord(bytes[place]) { place += 1 }
        let word = try text(bytes[start..<place])
        guard ["true", "false", "null"].contains(word) || Double(word)?.isFinite == true else {
            place = start
            throw unexpected("no value")
        }
    }

    /// Nothing but space may follow.
    mutating func end() throws {
        skipSpace()
        guard place == bytes.count else { throw unexpected("more than one value") }
    }

    // MARK: Parts

    private mutating func skipSpace() {
        while place < bytes.count, isSpace(bytes[place]) { place += 1 }
    }

    private mutating func takes(_ sign: Unicode.Scalar) -> Bool {
        skipSpace()
        guard place < bytes.count, bytes[place] == UInt8(ascii: sign) else { return false }
        place += 1
        return true
    }

    private mutating func take(_ sign: Unicode.Scalar, _ what: String) throws {
        guard takes(sign) else { throw unexpected(what) }
    }

    private func text(_ bytes: ArraySlice<UInt8>) throws -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw unexpected("what is not UTF-8")
        }
        return text
    }

    // MARK: Escapes

    /// A text from where it began; the first escape is the next byte.
    private mutating func escapedString(from start: Int) throws -> String {
        var result = Array(bytes[start..<place])
        while place < bytes.count {
            let byte = bytes[place]
            place += 1
            switch byte {
            case UInt8(ascii: "\""): return try text(result[...])
            case UInt8(ascii: "\\"): result += try escape()
            case 0..<0x20: throw unexpected("a control character")
            default: result.append(byte)
            }
        }
        throw unexpected("no end of a text")
    }

    /// What an escape stands for; its backslash is read already.
    private mutating func escape() throws -> [UInt8] {
        guard place < bytes.count else { throw unexpected("no end of a text") }
        let byte = bytes[place]
        place += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"): return try Array(String(Character(scalar())).utf8)
        default: throw unexpected("an unknown escape")
        }
    }

    /// A character by its number; beyond the first 65,536 it is written as two halves.
    private mutating func scalar() throws -> Unicode.Scalar {
        let first = try fourDigits()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard place + 1 < bytes.count, bytes[place] == UInt8(ascii: "\\"),
            bytes[place + 1] == UInt8(ascii: "u")
        else { throw unexpected("half a character") }
        place += 2
        let second = try fourDigits()
        guard (0xD800..<0xDC00).contains(first), (0xDC00..<0xE000).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw unexpected("half a character") }
        return scalar
    }

    private mutating func fourDigits() throws -> UInt32 {
        guard place + 4 <= bytes.count, bytes[place..<place + 4].allSatisfy(isHexDigit),
            let number = UInt32(try text(bytes[place..<place + 4]), radix: 16)
        else { throw unexpected("no character's number") }
        place += 4
        return number
    }
}

private func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
}

private func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
}

private func isHexDigit(_ byte: UInt8) -> Bool {
    isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
}

private func isPartOfWord(_ byte: UInt8) -> Bool {
    isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
}
