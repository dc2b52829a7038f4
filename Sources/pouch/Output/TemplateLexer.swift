/// Cuts a template into text and, inside of `{{…}}`, into words.
struct TemplateLexer {
    enum Piece: Hashable {
        case text(String)
        /// What is between the braces: its words, and the whole for errors.
        case action([Token], String)
    }

    enum Token: Hashable {
        /// A function's name or a keyword.
        case word(String)
        /// `.` and fields; empty for the dot alone. With a variable's name, if it begins with one.
        case path(variable: String?, [String])
        case literal(JSON)
        /// `(`, `|`, `:=`, `,`; and `)`, with the fields that follow it.
        case mark(String)
        case close([String])
    }

    static func pieces(of template: String) throws(TemplateError) -> [Piece] {
        var pieces: [Piece] = []
        var rest = Substring(template)
        while let start = rest.firstRange(of: "{{") {
            var text = rest[..<start.lowerBound]
            rest = rest[start.upperBound...]
            if rest.hasPrefix("- ") { text = text.trimmingEnd() }
            pieces.append(.text(unescaped(text)))
            guard let end = endOfAction(in: rest) else {
                throw .unfinished("{{ has no }}")
            }
            let action = rest[..<end]
            rest = rest[end...].dropFirst(2)
            if action.hasSuffix(" -") { rest = rest.trimmingStart() }
            pieces += try piece(of: action)
        }
        return pieces + [.text(unescaped(rest))]
    }

    /// Braces inside of a string don't end the action.
    private static func endOfAction(in text: Substring) -> String.Index? {
        var quote: Character?
        var index = text.startIndex
        while index < text.endIndex {
            let character = text[index]
            if let open = quote {
                if character == "\\", open == "\"" { text.formIndex(after: &index) }
                if character == open { quote = nil }
            } else if character == "\"" || character == "`" {
                quote = character
            } else if text[index...].hasPrefix("}}") {
                return index
            }
            guard index < text.endIndex else { return nil }
            text.formIndex(after: &index)
        }
        return nil
    }

    private static func piece(of action: Substring) throws(TemplateError) -> [Piece] {
        var inner = action
        if inner.hasPrefix("- ") { inner = inner.dropFirst(2) }
        if inner.hasSuffix(" -") { inner = inner.dropLast(2) }
        inner = inner.trimmingStart().trimmingEnd()
        guard !inner.hasPrefix("/*") else { return [] }
        return [.action(try tokens(of: inner), String(inner))]
    }

    private static func unescaped(_ text: Substring) -> String {
        guard text.contains("\\") else { return String(text) }
        return String(text).replacing("\\t", with: "\t").replacing("\\n", with: "\n")
    }

    private static func tokens(of action: Substring) throws(TemplateError) -> [Token] {
        var tokens: [Token] = []
        var rest = action
        while let first = rest.first {
            switch first {
            case " ", "\t", "\n": rest = rest.dropFirst()
            case "(", "|", ",": tokens.append(.mark(String(rest.removeFirst())))
            case ")":
                rest = rest.dropFirst()
                tokens.append(.close(fields(from: &rest)))
            case ".", "$": tokens.append(path(from: &rest))
            case "\"", "`": tokens.append(.literal(.string(try string(from: &rest, in: action))))
            case ":" where rest.hasPrefix(":="):
                rest = rest.dropFirst(2)
                tokens.append(.mark(":="))
            case "0"..."9", "-": tokens.append(.literal(try number(from: &rest, in: action)))
            default: tokens.append(try word(from: &rest, in: action))
            }
        }
        return tokens
    }

    /// `.A.B`; nothing for a dot alone.
    private static func fields(from rest: inout Substring) -> [String] {
        var fields: [String] = []
        while rest.hasPrefix(".") {
            let name = rest.dropFirst().prefix(while: \.isPartOfName)
            rest = rest.dropFirst(1 + name.count)
            guard !name.isEmpty else { break }
            fields.append(String(name))
        }
        return fields
    }

    private static func path(from rest: inout Substring) -> Token {
        guard rest.hasPrefix("$") else { return .path(variable: nil, fields(from: &rest)) }
        let name = rest.dropFirst().prefix(while: \.isPartOfName)
        rest = rest.dropFirst(1 + name.count)
        return .path(variable: String(name), fields(from: &rest))
    }

    private static func string(
        from rest: inout Substring, in action: Substring
    ) throws(TemplateError) -> String {
        let quote = rest.removeFirst()
        var text = ""
        while let character = rest.popFirst() {
            if character == quote { return text }
            if character == "\\", quote == "\"", let escaped = rest.popFirst() {
                text.append(escapes[escaped] ?? escaped)
            } else {
                text.append(character)
            }
        }
        throw .unfinished("a string in {{\(action)}} has no end")
    }

    private static let escapes: [Character: Character] = ["n": "\n", "t": "\t", "r": "\r"]

    private static func number(
        from rest: inout Substring, in action: Substring
    ) throws(TemplateError) -> JSON {
        let digits = rest.prefix { $0.isPartOfName || $0 == "-" || $0 == "." }
        rest = rest.dropFirst(digits.count)
        if let integer = Int64(digits) { return .integer(integer) }
        if let number = Double(digits) { return .number(number) }
        throw .unexpected("\"\(digits)\"", in: String(action))
    }

    private static func word(
        from rest: inout Substring, in action: Substring
    ) throws(TemplateError) -> Token {
        let name = rest.prefix(while: \.isPartOfName)
        guard !name.isEmpty else {
            throw .unexpected("\"\(rest.prefix(1))\"", in: String(action))
        }
        rest = rest.dropFirst(name.count)
        switch name {
        case "true": return .literal(.bool(true))
        case "false": return .literal(.bool(false))
        case "nil": return .literal(.null)
        default: return .word(String(name))
        }
    }
}

extension Character {
    fileprivate var isPartOfName: Bool { isLetter || isNumber || self == "_" }
}

extension Substring {
    fileprivate func trimmingStart() -> Substring { drop(while: \.isWhitespace) }

    fileprivate func trimmingEnd() -> Substring {
        var trimmed = self
        while trimmed.last?.isWhitespace == true { trimmed.removeLast() }
        return trimmed
    }
}
